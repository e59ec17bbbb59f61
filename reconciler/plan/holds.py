"""Holds: why a difference is left alone (a cause with facts), and what differs."""

from __future__ import annotations

from dataclasses import field

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Finding
from reconciler.causes.words import held
from reconciler.plan.change import Change
from reconciler.records import dataclass

BY_ITSELF = frozenset(
    {
        Cause.LATER,
        Cause.FILE_BROKEN,
        Cause.SETTLING,
        Cause.SUSPENDED,
        Cause.ROLLED_BACK,
        Cause.ROLLING_BACK,
        Cause.OBJECT_MISSING,
        Cause.OBJECT_LEAVING,
        Cause.ENGINE_TOO_OLD,
        Cause.NO_ROOM,
        Cause.RUNS_OURSELVES,
        Cause.UNLABELLED,
    }
)
"""Causes that end by themselves, that a user chose, or that the verdict of a service already shows."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A difference that is left alone. ``blocks`` says that the service can't become what its file says."""

    finding: Finding
    changes: tuple[Change, ...] = field(default=(), repr=False)
    """Fields that differ; empty if the object isn't there."""
    blocks: bool = False
    since: float | None = None
    """Time when the hold began, by the clock of the observer; None if it was there when this process first looked."""

    @property
    def cause(self) -> Cause:
        return self.finding.cause

    @property
    def rolled_back(self) -> str:
        """Say why Swarm rolled the desired spec back, and what it would have changed; empty if it didn't."""
        return self.finding.facts.said if self.cause is Cause.ROLLED_BACK else ""

    @property
    def words(self) -> str:
        return held(self.finding)

    @property
    def needs_somebody(self) -> bool:
        """Say whether the difference stays until a person acts. Until then the whole isn't Ready."""
        return self.cause not in BY_ITSELF
