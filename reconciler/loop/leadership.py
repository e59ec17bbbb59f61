"""Being the one process that acts on a Swarm, for as long as it has something to do there (rule 14)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from reconciler.errors import EngineError, EngineUnavailable, OutOfSequence
from reconciler.notes.lease import RENEW_EVERY, TTL, Lease, holder_in_words
from reconciler.threads import aside

SURE = 0.8 * TTL
"""Seconds for which a renewed lease is ours beyond doubt: clocks of two machines may run at different speeds, and a
write that was let out has to get there."""
WATCH_EVERY = 1.0
"""Seconds between a standby's looks at the lease: with ``TTL`` and one more look, it acts within 15 s (rule 14)."""
ANSWER = 3.0
"""Seconds that the engine has to answer a question about the lease, and for which one that failed is put again: a
call that hangs must not cost us the lease."""
FRESH = 1.0
"""Seconds for which the lease needn't be read again before writes begin: a machine may be paused without any of its
clocks knowing."""
JUMP = 1.0
"""Seconds by which the wall clock moves against ``clock`` where it was set: that is how some machines learn that they
were paused."""
T = TypeVar("T")


class Leadership:
    """Takes the lease when it is first needed and keeps it until ``release``. ``clock`` is monotonic, in seconds, and
    counts the time that the machine was asleep; ``wall`` only tells whether there was a gap that it doesn't count.
    After one the lease is read again from the Swarm before anything is written.

    Writes are fenced: each is checked right before it goes out, by ``fence``. A process that is suspended between the
    check and its write is held by the version that the write carries.
    """

    def __init__(self, lease: Lease, clock: Callable[[], float], wall: Callable[[], float] = time.time) -> None:
        self._lease = lease
        self._clock = clock
        self._wall = wall
        self._renewed_at: float | None = None
        self._apart = 0.0
        self._turn = asyncio.Lock()
        self.standby = ""
        """Who holds the lease, while it isn't us."""
        self.term = 0
        """Grows each time the lease is gained again: what was observed in an earlier term may be another's work since.
        """

    @property
    def held(self) -> bool:
        """Whether the lease is ours beyond doubt, at this moment."""
        return self._lasts(SURE) and not self._jumped

    def _lasts(self, seconds: float) -> bool:
        """Whether the lease was renewed in the last ``seconds``, by the clock."""
        return self._renewed_at is not None and self._clock() - self._renewed_at < seconds

    @property
    def _jumped(self) -> bool:
        """Whether the clocks moved against each other since the lease was renewed."""
        return abs(self._wall() - self._clock() - self._apart) > JUMP

    async def ours(self) -> bool:
        """Whether we may write; asks for the lease if it isn't known to be ours, and reads it again if it is, unless
        that was just done.

        Raises:
            EngineError: the engine couldn't be asked.
        """
        async with self._turn:
            known = self.held and self._lasts(FRESH)
            if not known and not (self._lasts(SURE) and await self._patiently(self._lease.renew)):
                if await self._patiently(self._lease.acquire):
                    self.term += 1
                else:
                    self.standby = holder_in_words(await _answer(self._lease.holder)) or "another process"
            return self.held

    async def inherited(self) -> bool:
        """The same, but a holder that was killed is outlived: it renews the lease no more, and that takes 10 s to see.
        One that lives is told by its next renewal."""
        while not await self.ours():
            if self._lease.lives:
                return False
            await asyncio.sleep(WATCH_EVERY)
        return True

    def fence(self, term: int, doing: str) -> None:
        """Lets a write pass that was decided on in ``term``; ``doing`` completes "can't ...".

        Raises:
            OutOfSequence: the lease isn't ours beyond doubt, or was somebody else's meanwhile.
        """
        if self._lasts(SURE) and self._jumped and self.term == term:
            raise OutOfSequence(
                f"can't {doing}: the wall clock was set, as after a pause of the machine. The lease is read again "
                "first; the next pass goes on."
            )
        if not self.held or self.term != term:
            raise OutOfSequence(f"can't {doing}: the lease was lost meanwhile. Its new holder goes on.")

    async def keep(self, gained: Callable[[], None] | None = None) -> None:
        """Renew for ever; as a standby, try to take over, and say when that came about. Without ``gained`` the lease
        is only renewed, once something else took it."""
        while True:
            had = self.held
            await asyncio.sleep(RENEW_EVERY if had else WATCH_EVERY)
            try:
                async with self._turn:
                    renewed = self._lasts(SURE) and await self._ask(self._lease.renew)
                if gained and not renewed and await self.ours() and not had:
                    gained()
            except EngineError:
                continue  # the passes tell of an engine that can't be asked; the lease just isn't renewed meanwhile

    async def release(self) -> None:
        """Give the lease up, so that the next one needn't wait for it to expire."""
        async with self._turn:
            if self._renewed_at is not None:
                self._renewed_at = None
                await _answer(self._lease.release)

    async def _ask(self, lease: Callable[[], bool]) -> bool:
        """A yes counts from when it was asked for, not from when it came back."""
        asked = self._clock()
        apart = self._wall() - asked
        won = await _answer(lease)
        self._renewed_at, self._apart = asked if won else None, apart
        if won:
            self.standby = ""
        return won

    async def _patiently(self, lease: Callable[[], bool]) -> bool:
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, EngineError) and error.passing),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            stop=stop_after_delay(ANSWER),
            reraise=True,
        )
        return await retrying(self._ask, lease)


async def _answer(question: Callable[[], T]) -> T:
    try:
        return await aside(question, ANSWER)
    except TimeoutError as error:
        raise EngineUnavailable(
            f"the engine doesn't say within {ANSWER:g} s who holds the lease. Look whether it is overloaded."
        ) from error
