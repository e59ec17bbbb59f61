"""How long a loop has been silent. Pure; the time is passed in."""

from __future__ import annotations

from dataclasses import dataclass

EVERY = 1.0
"""Seconds between two looks."""
LONGEST_STEP = 3.0
"""Seconds between two looks that count at most. A longer gap means that the machine or container was paused, and the
loop with it."""


@dataclass(slots=True)
class Silence:
    """Counts the seconds since the loop last answered, as far as it could have answered."""

    seconds: float = 0.0
    _looked: float | None = None

    def look(self, now: float) -> None:
        """Count the time since the last look. ``now`` is of any clock that doesn't go back."""
        step = 0.0 if self._looked is None else now - self._looked
        self.seconds += EVERY if step > LONGEST_STEP else step
        self._looked = now

    def broken(self) -> None:
        """Note that the loop answered, or isn't there."""
        self.seconds = 0.0
