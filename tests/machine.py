"""How slow this machine is now: deadlines of tests are written for a quiet machine of two cores, and scale with it."""

from __future__ import annotations

import subprocess
import time
from functools import cache

QUIET = 0.14
"""Seconds that the sample takes on such a machine."""
MOST = 20.0
"""No deadline grows beyond this many times its length: a machine that is slower still is broken."""


def slowness() -> float:
    """Return how many times longer than on a quiet machine a sample of work takes now: at least 1, at most ``MOST``."""
    began = time.perf_counter()
    for _ in range(3):
        _sample()
    return min(MOST, max(1.0, (time.perf_counter() - began) / QUIET))


@cache
def slowness_at_start() -> float:
    """Return the same, measured once in this process: for times that a program under test is told beforehand."""
    return slowness()


def _sample() -> None:
    """What tests spend their time with: interpreted code, and programs that start."""
    total = 0
    for number in range(400_000):
        total += number
    for _ in range(8):
        subprocess.run(["true"], check=True)
