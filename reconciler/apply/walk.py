"""Walking a plan: whatever is ready goes, in parallel; what fails holds back only what depends on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from reconciler.apply.backoff import Backoff, Failure
from reconciler.errors import Conflict, EngineError, OutOfSequence
from reconciler.plan.model import Action, Key, Outcome, Plan, Result


@dataclass(frozen=True, slots=True)
class Walk:
    """How to walk. ``write`` does one action, ``hold`` says in words why one has to wait (empty: it needn't)."""

    write: Callable[[Action], Awaitable[str]]
    hold: Callable[[Action], str]
    backoff: Backoff
    clock: Callable[[], float]
    parallel: int = 8
    patience: float = 10.0
    """Seconds for which a passing fault of the engine is tried again inside the pass."""

    async def through(self, plan: Plan) -> tuple[Outcome, ...]:
        """Every action's outcome, in the order of the plan."""
        turns = asyncio.Semaphore(self.parallel)
        running: dict[Key, asyncio.Task[Outcome]] = {}

        async def go(action: Action) -> Outcome:
            for key in sorted(key for key in action.after - {action.key} if key in running):
                if (await running[key]).result is not Result.CHANGED:
                    return Outcome(action, Result.WAITING, f"waits for {key}")
            async with turns:
                return await self._do(action)

        for action in plan.actions:
            running[action.key] = asyncio.ensure_future(go(action))
        return tuple(await asyncio.gather(*running.values()))

    async def _do(self, action: Action) -> Outcome:
        began = self.clock()
        if failure := self.backoff.standing(action, began):
            return _outcome(action, failure, 0.0)
        if reason := self.hold(action):
            return Outcome(action, Result.WAITING, reason)
        try:
            said = await self._patiently(action)
        except EngineError as error:
            now = self.clock()
            passing = isinstance(error, OutOfSequence | Conflict)
            return _outcome(action, self.backoff.failed(action, str(error), now, passing=passing), now - began)
        self.backoff.succeeded(action)
        return Outcome(action, Result.CHANGED, said, took=self.clock() - began)

    async def _patiently(self, action: Action) -> str:
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, EngineError) and error.passing),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            stop=stop_after_delay(self.patience),
            reraise=True,
        )
        return await retrying(self.write, action)


def _outcome(action: Action, failure: Failure, took: float) -> Outcome:
    result = Result.WAITING if failure.passing else Result.FAILED
    return Outcome(action, result, failure.error, took, failure.retry_at, failure.passing)
