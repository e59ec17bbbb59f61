"""Being the one process that acts on a Swarm, for as long as it has something to do there (rule 14)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from reconciler.errors import EngineError
from reconciler.loop.lease import Lease
from reconciler.loop.threads import aside

RENEWAL = 3.0
"""Seconds between renewals, and between a standby's tries."""


class Leadership:
    """Takes the lease when it is first needed and keeps it until ``release``."""

    def __init__(self, lease: Lease, clock: Callable[[], float]) -> None:
        self._lease = lease
        self._clock = clock
        self._renewed_at: float | None = None
        self.standby = ""
        """Who holds the lease, while it isn't us."""

    def standing(self) -> bool:
        """Whether the lease is ours beyond doubt: renewed so lately that nobody can have taken it over."""
        return self._renewed_at is not None and self._clock() - self._renewed_at < self._lease.ttl * 0.8

    async def ours(self) -> bool:
        """Whether we may write; asks for the lease if it isn't known to be ours.

        Raises:
            EngineError: the engine couldn't be asked.
        """
        if not self.standing():
            asked = self._clock()
            won = await aside(self._lease.acquire)
            self._renewed_at = asked if won else None
            self.standby = "" if won else await aside(self._lease.holder) or "another process"
        return self._renewed_at is not None

    async def keep(self, gained: Callable[[], None]) -> None:
        """Renew for ever; as a standby, try to take over, and say when that came about."""
        while True:
            await asyncio.sleep(RENEWAL)
            had = self._renewed_at is not None
            try:
                asked = self._clock()
                if had and await aside(self._lease.renew):
                    self._renewed_at = asked
                else:
                    self._renewed_at = None
                    if await self.ours() and not had:
                        gained()
            except EngineError:
                continue

    async def release(self) -> None:
        """Give the lease up, so that the next one needn't wait for it to expire."""
        if self._renewed_at is not None:
            self._renewed_at = None
            await aside(self._lease.release)
