"""How long a loop has been silent: pure, with the time passed in."""

from __future__ import annotations

from dataclasses import dataclass

EVERY = 1.0
"""Seconds between two looks."""
LONGEST_STEP = 3.0
"""Seconds between two looks that count at most. A longer gap is our own: the machine, or the container, was paused, and
the loop with it."""


@dataclass(slots=True)
class Silence:
    """Counts the seconds since the loop last answered, in which it could have."""

    seconds: float = 0.0
    _looked: float | None = None

    def look(self, now: float) -> None:
        """Time has passed. ``now`` is of any clock that doesn't go back."""
        step = 0.0 if self._looked is None else now - self._looked
        self.seconds += EVERY if step > LONGEST_STEP else step
        self._looked = now

    def broken(self) -> None:
        """The loop answered, or isn't there."""
        self.seconds = 0.0
