"""Reports as they are told over the socket and in the state file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from reconciler.control.protocol import Upshot
from reconciler.status.publishing import pass_output
from reconciler.status.recap import Recap
from reconciler.status.report import Report


@dataclass
class Told:
    """A report of pass ``number``. Its JSON is made when it is first asked for, and once."""

    process: str
    number: int
    report: Report
    settled: bool

    def __post_init__(self) -> None:
        self._own = Recap()
        self._own.add(self.report)

    def upshot(self, recap: Recap | None = None, number: int = 0) -> Upshot:
        """Of this pass, or of those that ``recap`` is of, the first of them being ``number``."""
        counts, report = recap or self._own, self.report
        return Upshot(
            number=number or self.number,
            verdict=str(report.verdict),
            settled=self.settled,
            ok=counts.ok,
            changed=counts.changed,
            failed=counts.failed,
            waiting=counts.waiting,
            faults=len(report.faults),
            needs_consent=report.plan.needs_consent,
            standby=report.standby,
            engine_error=report.engine_error,
        )

    @cached_property
    def body(self) -> bytes:
        """As ``run --output json`` prints it."""
        return pass_output(self.report, self._own).model_dump_json().encode()

    def line(self, recap: Recap | None = None, *, fresh: bool = True) -> bytes:
        """For a client; ``fresh``: the pass ended just now."""
        head = {"is": "report", "process": self.process, "number": self.number, "fresh": fresh}
        said = json.dumps({**head, "upshot": self.upshot(recap).json()}).encode()
        return said[:-1] + b', "report": ' + self.body + b"}\n"
