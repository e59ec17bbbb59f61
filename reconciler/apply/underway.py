"""Writes that the engine hasn't answered yet. They outlive the pass, which doesn't wait for them."""

from __future__ import annotations

import asyncio

from reconciler.plan.model import Action, Key, Outcome, Plan, Result


class Underway:
    """Writes under way, at most one for each object: another write of the object waits until the first one ends."""

    def __init__(self) -> None:
        self._writes: dict[Key, tuple[Action, asyncio.Task[Outcome]]] = {}

    def __bool__(self) -> bool:
        return bool(self._writes)

    def __contains__(self, key: Key) -> bool:
        return key in self._writes

    def add(self, action: Action, writing: asyncio.Task[Outcome]) -> None:
        self._writes[action.key] = action, writing

    def take(self, key: Key) -> Outcome:
        """Remove a write that ended, and return its outcome."""
        return self._writes.pop(key)[1].result()

    def over(self, plan: Plan) -> dict[Key, Outcome]:
        """Return the outcomes of writes that ended since a pass left them alone.

        A write whose action is no longer in the plan is moot, whatever the engine answers: either it was done, or it is
        in vain because the plan now asks for something else or for another version. Moot writes are waited for no
        longer, and aren't reported as failed.
        """
        planned = {action.key: (action.verb, action.observed) for action in plan.actions}
        outcomes = {}
        for key, (action, writing) in list(self._writes.items()):
            moot = planned.get(key) != (action.verb, action.observed)
            if writing.done():
                outcome = self.take(key)
                if outcome.result is Result.CHANGED or not moot:
                    outcomes[key] = outcome
            elif moot:
                del self._writes[key]
                writing.cancel()
        return outcomes

    async def wait(self, seconds: float) -> None:
        """Wait until all writes have ended, for at most ``seconds``."""
        if self._writes:
            await asyncio.wait([writing for _, writing in self._writes.values()], timeout=max(0.0, seconds))
