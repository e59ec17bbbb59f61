"""The clock of this process: ages, waits, deadlines and the lease go by it. It is never set, unlike the wall clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from reconciler.records import dataclass


def uptime() -> float:
    """Return seconds since the machine was started, those included that it was asleep: a lease runs out meanwhile, and
    ``time.monotonic`` wouldn't notice (``clock_gettime(2)``)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


_EPOCH = time.time() - uptime()


def steady() -> float:
    """Return seconds since the epoch, as the wall clock had them when this process began, counted on by ``uptime``: a
    wall clock that is set moves nothing that goes by it."""
    return _EPOCH + uptime()


def on_the_wall(moment: float) -> float:
    """Return what the wall clock, as it is set now, shows at a moment of ``steady``: for what people read. Exact to
    half a second; the same number where the clock was never set."""
    return moment + round(time.time() - steady())


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that a pass goes by, as one value: tests pass in their own."""

    uptime: Callable[[], float] = uptime
    steady: Callable[[], float] = steady
    on_the_wall: Callable[[float], float] = on_the_wall
