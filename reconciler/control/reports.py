"""Reports as they are told over the socket and in the state file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from reconciler.control.protocol import Upshot
from reconciler.moments import time_of_day
from reconciler.status.recap import Recap
from reconciler.status.report import Report
from reconciler.status.report_output import pass_output


@dataclass
class Told:
    """A report of pass ``number``, and the recap of the passes since all was last settled. Its JSON is made when it is
    first asked for, and once."""

    process: str
    number: int
    report: Report
    settled: bool
    recap: Recap

    def __post_init__(self) -> None:
        report, recap = self.report, self.recap
        self.upshot = Upshot(
            number=self.number,
            verdict=str(report.verdict),
            settled=self.settled,
            ok=recap.ok,
            changed=recap.changed,
            failed=recap.failed,
            waiting=recap.waiting,
            faults=len(report.faults),
            needs_consent=report.plan.needs_consent,
            standby=report.standby,
            engine_error=report.engine_error,
            held=len(report.plan.pending),
            desired_missing=_missing(report),
        )

    @cached_property
    def body(self) -> bytes:
        """As ``run --output json`` prints it."""
        own = Recap()
        own.add(self.report)
        return pass_output(self.report, own).model_dump_json().encode()

    def line(self, *, fresh: bool = True) -> bytes:
        """For a client; ``fresh``: the pass ended just now."""
        head = {"is": "report", "process": self.process, "number": self.number, "fresh": fresh}
        said = json.dumps({**head, "upshot": self.upshot.json()}).encode()
        return said[:-1] + b', "report": ' + self.body + b"}\n"


def _missing(report: Report) -> str:
    return f"{report.absence.why} (since {time_of_day(report.absence.since)})" if report.absence else ""
