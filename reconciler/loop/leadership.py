"""Leadership: this process is the only one that acts on a Swarm while it holds the lease (rule 14)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from reconciler.errors import EngineError, EngineUnavailable, OutOfSequence
from reconciler.notes.lease import RENEW_EVERY, TTL, Lease, holder_in_words
from reconciler.threads import aside

SURE = 0.8 * TTL
"""Seconds for which a renewed lease is certainly ours. Shorter than its lifetime, because clocks of two machines may
run at different speeds and a write needs time to reach the engine."""
WATCH_EVERY = 1.0
"""Seconds between a standby's looks at the lease: with ``TTL`` and one more look, it acts within 15 s (rule 14)."""
ANSWER = 3.0
"""Seconds that the engine has to answer a question about the lease, and for which a failed question is repeated. A
call that hangs must not cost us the lease."""
FRESH = 1.0
"""Seconds for which the lease needn't be read again before writes begin. Short, because a machine may be paused
while all its clocks stand still."""
JUMP = 1.0
"""Seconds between ``clock`` and the wall clock that count as a jump. Some machines learn only by this that they were
paused."""
T = TypeVar("T")


class Leadership:
    """Holder of the lease: it takes the lease when first needed and keeps it until ``release``.

    ``clock`` is monotonic, in seconds, and includes the time that the machine was asleep. ``wall`` only shows gaps that
    ``clock`` missed. After such a gap the lease is read again from the Swarm before anything is written.

    Writes are fenced: ``fence`` checks each right before it goes out. If the process is suspended between the check and
    the write, the version that the write carries stops it.
    """

    def __init__(self, lease: Lease, clock: Callable[[], float], wall: Callable[[], float] = time.time) -> None:
        self._lease = lease
        self._clock = clock
        self._wall = wall
        self._renewed_at: float | None = None
        self._apart = 0.0
        self._turn = asyncio.Lock()
        self.standby = ""
        """Holder of the lease while it isn't this process."""
        self.term = 0
        """Number that grows each time the lease is gained. What was observed in an earlier term may be out of date."""

    @property
    def held(self) -> bool:
        """Say whether the lease is certainly ours at this moment."""
        return self._lasts(SURE) and not self._jumped

    def _lasts(self, seconds: float) -> bool:
        """Say whether the lease was renewed in the last ``seconds``, by the clock."""
        return self._renewed_at is not None and self._clock() - self._renewed_at < seconds

    @property
    def _jumped(self) -> bool:
        """Say whether the clocks moved against each other since the lease was renewed."""
        return abs(self._wall() - self._clock() - self._apart) > JUMP

    async def ours(self) -> bool:
        """Say whether we may write. Ask for the lease if it isn't known to be ours; else read it again, unless that was
        just done.

        Raises:
            EngineError: the engine can't be reached.
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
        """Return what ``ours`` does, but wait until a killed holder's lease expires (10 s). A living holder is
        recognised by its next renewal; then return False."""
        while not await self.ours():
            if self._lease.lives:
                return False
            await asyncio.sleep(WATCH_EVERY)
        return True

    def fence(self, term: int, doing: str) -> None:
        """Check that a write decided on in ``term`` may go out; ``doing`` completes "can't ...".

        Raises:
            OutOfSequence: the lease isn't certainly ours, or another process had it meanwhile.
        """
        if self._lasts(SURE) and self._jumped and self.term == term:
            raise OutOfSequence(
                f"can't {doing}: the wall clock was set, as after a pause of the machine. The lease is read again "
                "first; the next pass goes on."
            )
        if not self.held or self.term != term:
            raise OutOfSequence(f"can't {doing}: the lease was lost meanwhile. Its new holder goes on.")

    async def keep(self, gained: Callable[[], None] | None = None) -> None:
        """Renew the lease for ever. As a standby, try to take it over, and call ``gained`` once it is ours. Without
        ``gained``, only renew a lease that other code acquired."""
        while True:
            had = self.held
            await asyncio.sleep(RENEW_EVERY if had else WATCH_EVERY)
            try:
                async with self._turn:
                    renewed = self._lasts(SURE) and await self._ask(self._lease.renew)
                if gained and not renewed and await self.ours() and not had:
                    gained()
            except EngineError:
                continue  # passes report an engine that can't be reached; here the lease just isn't renewed

    async def release(self) -> None:
        """Give the lease up, so that the next holder needn't wait for it to expire."""
        async with self._turn:
            if self._renewed_at is not None:
                self._renewed_at = None
                await _answer(self._lease.release)

    async def _ask(self, lease: Callable[[], bool]) -> bool:
        """Ask for the lease. A yes counts from the moment of the question, not from that of the answer."""
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
