"""When a program that ended is started again: pure, with the time passed in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

FIRST, LONGEST = 0.25, 30.0
"""Seconds of the first wait, and of the longest: they double from the one to the other."""
WELL = 10.0
"""Seconds after which a run counts as a good one: what went wrong before is forgotten."""


@dataclass(slots=True)
class Restarts:
    """Exponential backoff with jitter: each wait is drawn between half of it and all of it, so that none is nothing.
    ``jitter`` gives a number in [0, 1)."""

    jitter: Callable[[], float] = random.random
    in_a_row: int = field(default=0, init=False)
    """Ends soon after their starts."""

    def ended(self, ran: float) -> float:
        """Seconds to wait until the next start, of a program that ran for ``ran`` seconds."""
        self.in_a_row = 1 if ran >= WELL else self.in_a_row + 1
        wait: float = min(FIRST * 2.0 ** min(self.in_a_row - 1, 20), LONGEST)
        return wait * (0.5 + self.jitter() / 2)

    def clear(self) -> None:
        """Something has changed: the next end counts as the first."""
        self.in_a_row = 0
