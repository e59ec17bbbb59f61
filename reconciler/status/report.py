"""Report: what one pass found and did. Renderers and JSON are made from it and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from reconciler.causes.cause import Cause
from reconciler.commits.model import Revision
from reconciler.desired.absence import Absence
from reconciler.desired.suspension import Suspensions
from reconciler.errors import Fault
from reconciler.plan.model import Key, Outcome, Plan, Result
from reconciler.records import dataclass
from reconciler.verdict.model import Judgement, Verdict, worst

__all__ = ["Outcome", "Report", "Result"]


@dataclass(frozen=True, slots=True)
class Report:
    """Report of one pass. ``at`` is in seconds since the epoch, ``took`` in seconds."""

    id: int
    at: float
    wakes: tuple[str, ...] = ()
    """Why the pass was made, one reason each."""
    forced: bool = False
    revision: Revision | None = None
    """Commit that desired state was read at, if it is in a git checkout."""
    took: float = 0.0
    faults: tuple[Fault, ...] = ()
    settings_faults: tuple[Fault, ...] = ()
    """Those of ``faults`` that are in the settings file: the last good settings are in force."""
    settings_taken: tuple[str, ...] = ()
    """Names of settings that changed since the pass before, and are in force now."""
    warnings: tuple[Fault, ...] = ()
    plan: Plan = field(default_factory=Plan)
    outcomes: tuple[Outcome, ...] = ()
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    """Judgement of every desired service, by Swarm name."""
    suspensions: Suspensions = field(default_factory=Suspensions)
    """Suspensions at run time."""
    standby: str = ""
    """Holder of the lease, if it isn't us: then nothing was written."""
    engine_error: str = ""
    """Why the engine couldn't be reached; judgements are then all Unknown."""

    absence: Absence | None = None
    """Why and since when desired state is missing as a whole; judgements are then of its last good state."""

    def __repr__(self) -> str:
        """Return a short string: asyncio and enum build it for the result of every task, though nobody reads it."""
        return f"Report(id={self.id})"

    @property
    def verdict(self) -> Verdict:
        judged = [judgement.verdict for judgement in self.judgements.values()]
        if self.engine_error:
            return worst(judged or [Verdict.UNKNOWN])
        disputed = any(hold.cause is Cause.DISPUTED_WITH_OURSELVES for hold in self.plan.holds.values())
        broken = [Verdict.DEGRADED] if self.faults or disputed else []
        empty = [Verdict.MISSING] if self.empty else []
        return worst([*judged, *broken, *empty, *([Verdict.WAITING] if self.held else [])])

    @property
    def empty(self) -> bool:
        """Say whether nothing at all is desired: the folder may be the wrong one, so that isn't Ready."""
        return not (self.judgements or self.plan.wanted)

    @property
    def held(self) -> bool:
        """Say whether a difference waits for a person: consent to removals, a replacement, a name that is taken."""
        return bool(self.plan.needs_consent or self.plan.pending)

    @property
    def settled(self) -> bool:
        """Say whether neither waiting nor another pass would change anything."""
        if self.engine_error or self.moving or self.standby or self.plan.settling:
            return False
        return not any(outcome.result is Result.CHANGED or outcome.passing for outcome in self.outcomes)

    @property
    def moving(self) -> tuple[str, ...]:
        """Return the services that are progressing, and those that wait for one that is."""
        return tuple(
            name
            for name, judgement in self.judgements.items()
            if judgement.verdict is Verdict.PROGRESSING
            or (judgement.verdict is Verdict.MISSING and not judgement.suspended)
        )

    def outcome(self, key: Key) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.action.key == key), None)
