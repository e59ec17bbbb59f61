"""A pass as a value, and the report made from it once it is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.loop.assess import Assessment, unknown
from reconciler.notes.suspensions import suspensions
from reconciler.observed.model import Snapshot
from reconciler.plan.model import Result
from reconciler.records import dataclass
from reconciler.status.report import Report

if TYPE_CHECKING:
    from reconciler.errors import Fault
    from reconciler.loop.memory import Wanted
    from reconciler.loop.parts import Parts
    from reconciler.plan.model import Outcome, Plan


Found = tuple[Report, Snapshot]
"""Report with all values, and the Swarm that it was made from."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why and when a pass is made. ``began`` is by ``steady``."""

    number: int
    began: float
    wakes: tuple[str, ...] = ()
    forced: bool = False

    @classmethod
    def now(cls, parts: Parts, wakes: tuple[str, ...] = (), *, forced: bool = False) -> Occasion:
        """Return the next occasion of this process."""
        parts.memory.passes += 1
        return cls(parts.memory.passes, parts.clocks.steady(), wakes, forced)


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass: what it started from, found and did."""

    occasion: Occasion
    wanted: Wanted
    found: Assessment | None = None
    """What the pass found; None if the engine couldn't be reached."""
    snapshot: Snapshot | None = None
    outcomes: tuple[Outcome, ...] = ()
    standby: str = ""
    """Holder of the lease, if it kept us from writing."""
    error: str = ""
    """Why the engine couldn't be reached."""
    left: Plan | None = None
    """Plan after the writes; None if the engine couldn't be reached."""

    def closing(self) -> Pass | None:
        """Return what the next pass would find right away; None if that is unknown because something failed, waits,
        or is still to be done."""
        done = self.outcomes and all(outcome.result is Result.CHANGED for outcome in self.outcomes)
        if not done or self.found is None or self.left is None or self.left:
            return None
        return replace(self, found=replace(self.found, plan=self.left), outcomes=())


def report_of(made: Pass, parts: Parts, beside: tuple[Fault, ...] = ()) -> Report:
    """Return the report of a pass, with all values. ``beside`` are warnings about things outside the pass."""
    occasion, wanted, found = made.occasion, made.wanted, made.found
    report = Report(
        id=occasion.number,
        at=parts.clocks.on_the_wall(occasion.began),
        wakes=occasion.wakes,
        forced=occasion.forced,
        revision=wanted.revision,
        took=parts.clocks.steady() - occasion.began,
        faults=(*parts.settings_faults, *wanted.faults),
        settings_faults=parts.settings_faults,
        warnings=(*parts.settings_warnings, *wanted.warnings),
        outcomes=made.outcomes,
        absence=wanted.absence,
    )
    if found is None:
        return replace(report, engine_error=made.error, judgements=unknown(wanted.stacks, made.error))
    plan, configs = found.plan, found.snapshot.configs
    notices = (*parts.notices.of(configs), *found.snapshot.unreadable)
    asked = (*parts.questions.digests.warnings, *parts.history.warnings)
    return replace(
        report,
        plan=plan,
        judgements=found.judgements,
        faults=(*report.faults, *plan.errors),
        warnings=(*report.warnings, *plan.warnings, *notices, *asked, *beside),
        suspensions=suspensions(configs, parts.settings.owner),
        standby=made.standby,
    )
