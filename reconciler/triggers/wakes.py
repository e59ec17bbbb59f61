"""The inbox of wake-ups. They carry reasons, never content, and many of them make one pass (rule 16: wake-ups
coalesce)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import field

from reconciler.clock import steady
from reconciler.printable import printable
from reconciler.records import dataclass

TIMER = "timer"
QUIET = 0.02
"""Seconds without another wake-up after which a burst counts as over."""
LONGEST_BURST = 0.5
"""Seconds after which a burst that doesn't end makes a pass anyway."""


FORCED_APART = 1.0
"""Seconds between the starts of two forced passes. The first signal of a storm makes a pass at once, all others
together make another one."""


@dataclass(frozen=True, slots=True)
class Wake:
    """Why a pass should be made. A forced wake-up clears backoff and resolves images again; with consent, the pass also
    removes what waits for it."""

    reason: str
    forced: bool = False
    agreed: bool = False
    quiet: float = field(default=QUIET, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", printable(self.reason))


class Wakes:
    """Collects wake-ups from every source. ``clock`` gives the time that ``next`` compares with."""

    def __init__(self, clock: Callable[[], float] = steady) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._waiting: dict[Wake, None] = {}
        self._came = asyncio.Event()
        self._held: dict[Wake, None] = {}
        self._forced_from = 0.0

    def add(self, wake: Wake) -> None:
        """Add a wake-up, from the event loop's own thread. A forced one soon after another is held back for a while."""
        if wake.forced and self._loop.time() < self._forced_from:
            if not self._held:
                self._loop.call_at(self._forced_from, self._let_go)
            self._held[wake] = None
        else:
            self._waiting[wake] = None
            self._came.set()

    def add_from_thread(self, wake: Wake) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.add, wake)

    async def next(self, until: float) -> tuple[Wake, ...]:
        """Return the wake-ups since the last call, as soon as there are any and the burst is over. At ``until`` (by the
        clock) return the timer as the reason."""
        if not self._waiting and not await self._comes_within(until - self._clock()):
            return (Wake(TIMER),)
        burst_ends = self._loop.time() + LONGEST_BURST
        while self._loop.time() < burst_ends:
            self._came.clear()
            if not await self._comes_within(max(wake.quiet for wake in self._waiting)):
                break
        found, self._waiting = tuple(self._waiting), {}
        self._came.clear()
        if any(wake.forced for wake in found):
            self._forced_from = self._loop.time() + FORCED_APART
        return found

    def _let_go(self) -> None:
        self._waiting |= self._held
        self._held = {}
        self._came.set()

    async def _comes_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._came.wait()
        except TimeoutError:
            return False
        return True
