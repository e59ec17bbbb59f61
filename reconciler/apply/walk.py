"""Walk of a plan: actions that are ready run in parallel; one that fails or is slow holds back only what depends on
it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import field, replace

from reconciler.apply.backoff import Backoff, Failure
from reconciler.apply.underway import Underway
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.causes.words import say
from reconciler.errors import Conflict, EngineError, OutOfSequence
from reconciler.plan.model import Action, Key, Outcome, Plan, Result
from reconciler.records import dataclass

_NO_TIME = Finding(Cause.LATER, Facts(said="this pass has no time left for it; the next one has"))
_NO_ANSWER = Finding(
    Cause.UNANSWERED, Facts(said="the engine hasn't answered yet; nothing else waits for it, save what depends on it")
)


@dataclass(frozen=True, slots=True)
class Walk:
    """Settings of a walk. ``write`` does one action; ``hold`` says why one has to wait (None: it needn't)."""

    write: Callable[[Action], Awaitable[str]]
    hold: Callable[[Action], Finding | None]
    backoff: Backoff
    clock: Callable[[], float]
    parallel: int = 8
    patience: float = 10.0
    """Seconds for which a passing fault of the engine is tried again."""
    slow: float = 2.0
    """Seconds after which a pass stops waiting for a slow write and lets others begin."""
    until: float = math.inf
    """Time after which no write begins, by ``clock``."""
    underway: Underway = field(default_factory=Underway)

    async def through(self, plan: Plan) -> tuple[Outcome, ...]:
        """Return every action's outcome, in the order of the plan; then the outcomes of writes left over from
        earlier walks."""
        turns = asyncio.Semaphore(self.parallel)
        late = self.underway.over(plan)
        running: dict[Key, asyncio.Task[Outcome]] = {}

        async def go(action: Action) -> Outcome:
            if action.last:
                others = [other.key for other in plan.actions if action.key not in {other.key, *other.after}]
                await asyncio.gather(*(running[key] for key in others))
            for key in sorted(key for key in action.after - {action.key} if key in running):
                if (await running[key]).result is not Result.CHANGED:
                    return _waits(action, Finding(Cause.LATER, Facts(said=f"waits for {key}", object=str(key))))
            async with turns:
                return late.get(action.key) or await self._do(action)

        for action in plan.actions:
            running[action.key] = asyncio.ensure_future(go(action))
        outcomes = await asyncio.gather(*running.values())
        return (*outcomes, *(outcome for key, outcome in late.items() if key not in running))

    async def _do(self, action: Action) -> Outcome:
        if action.key in self.underway:
            return _unanswered(action)
        now = self.clock()
        if failure := self.backoff.standing(action, now):
            return _outcome(action, failure, 0.0)
        if reason := self.hold(action):
            return _waits(action, reason)
        if now >= self.until:
            return replace(_waits(action, _NO_TIME), passing=True)
        writing = asyncio.ensure_future(self._written(action))
        self.underway.add(action, writing)
        await asyncio.wait([writing], timeout=self.slow)
        return self.underway.take(action.key) if writing.done() else _unanswered(action)

    async def _written(self, action: Action) -> Outcome:
        began = self.clock()
        try:
            said = await self._patiently(action)
        except EngineError as error:
            now = self.clock()
            passing = isinstance(error, OutOfSequence | Conflict)
            return _outcome(action, self.backoff.failed(action, str(error), now, passing=passing), now - began)
        now = self.clock()
        self.backoff.succeeded(action, now)
        return Outcome(action, Result.CHANGED, said, took=now - began)

    async def _patiently(self, action: Action) -> str:
        try:
            return await self.write(action)
        except EngineError as error:
            if not error.passing:
                raise
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, EngineError) and error.passing),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            stop=stop_after_delay(self.patience),
            reraise=True,
        )
        return await retrying(self.write, action)


def _outcome(action: Action, failure: Failure, took: float) -> Outcome:
    result = Result.WAITING if failure.passing or failure.disputed else Result.FAILED
    done = Outcome(action, result, failure.error, took, failure.retry_at, failure.passing, failure.finding)
    return replace(done, since=failure.since)


def _waits(action: Action, finding: Finding) -> Outcome:
    return Outcome(action, Result.WAITING, say(finding), finding=finding)


def _unanswered(action: Action) -> Outcome:
    return replace(_waits(action, _NO_ANSWER), passing=True)
