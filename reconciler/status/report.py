"""What one pass found and did: the only thing that renderers and JSON are made from."""

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
    """One pass. ``at`` in seconds since the epoch, ``took`` in seconds."""

    id: int
    at: float
    wakes: tuple[str, ...] = ()
    """Why the pass was made, one reason each."""
    forced: bool = False
    revision: Revision | None = None
    """The commit that desired state was read at, where it lies in a git checkout."""
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
    """Keyed by Swarm name, of every desired service."""
    suspensions: Suspensions = field(default_factory=Suspensions)
    """What somebody suspended at run time."""
    standby: str = ""
    """Who holds the lease, where it isn't us: then nothing was written."""
    engine_error: str = ""
    """Why the engine couldn't be asked; judgements are all Unknown then."""

    absence: Absence | None = None
    """Why and since when desired state is missing as a whole; judgements then are of its last good state."""

    def __repr__(self) -> str:
        """Short: asyncio and enum show the result of a task that ends, for nobody to see."""
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
        """Whether nothing is desired at all: the folder may be the wrong one, so that isn't Ready."""
        return not (self.judgements or self.plan.wanted)

    @property
    def held(self) -> bool:
        """Whether a difference waits for a person: consent to removals, a replacement, a name that is taken."""
        return bool(self.plan.needs_consent or self.plan.pending)

    @property
    def settled(self) -> bool:
        """Nothing is left that waiting, or another pass, would change."""
        if self.engine_error or self.moving or self.standby or self.plan.settling:
            return False
        return not any(outcome.result is Result.CHANGED or outcome.passing for outcome in self.outcomes)

    @property
    def moving(self) -> tuple[str, ...]:
        """Services still on their way, and those that wait for one that is."""
        return tuple(
            name
            for name, judgement in self.judgements.items()
            if judgement.verdict is Verdict.PROGRESSING
            or (judgement.verdict is Verdict.MISSING and not judgement.suspended)
        )

    def outcome(self, key: Key) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.action.key == key), None)
