"""When to start a program again that ended. Pure; the time is passed in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

FIRST, LONGEST = 0.25, 30.0
"""Seconds of the first wait and of the longest; waits double in between."""
WELL = 10.0
"""Seconds after which a run counts as good, and earlier failures are forgotten."""


@dataclass(slots=True)
class Restarts:
    """Exponential backoff with jitter. Each wait is drawn between half of its length and the whole, so none is zero.
    ``jitter`` returns a number in [0, 1)."""

    jitter: Callable[[], float] = random.random
    in_a_row: int = field(default=0, init=False)
    """How many runs in a row ended soon after their start."""

    def ended(self, ran: float) -> float:
        """Return the seconds to wait before the next start, after a run of ``ran`` seconds."""
        self.in_a_row = 1 if ran >= WELL else self.in_a_row + 1
        wait: float = min(FIRST * 2.0 ** min(self.in_a_row - 1, 20), LONGEST)
        return wait * (0.5 + self.jitter() / 2)

    def clear(self) -> None:
        """Note that something has changed: the next failure counts as the first."""
        self.in_a_row = 0
