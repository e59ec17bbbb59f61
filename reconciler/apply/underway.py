"""Writes that the engine hasn't answered yet. A pass doesn't wait for them; they outlive it."""

from __future__ import annotations

import asyncio

from reconciler.plan.model import Action, Key, Outcome, Plan, Result


class Underway:
    """By object, and one each: whoever is asked to write meanwhile has to let the first one end."""

    def __init__(self) -> None:
        self._writes: dict[Key, tuple[Action, asyncio.Task[Outcome]]] = {}

    def __bool__(self) -> bool:
        return bool(self._writes)

    def __contains__(self, key: Key) -> bool:
        return key in self._writes

    def add(self, action: Action, writing: asyncio.Task[Outcome]) -> None:
        self._writes[action.key] = action, writing

    def take(self, key: Key) -> Outcome:
        """What came of a write that is over."""
        return self._writes.pop(key)[1].result()

    def over(self, plan: Plan) -> dict[Key, Outcome]:
        """What came of those that ended since they were left to themselves.

        Whatever the engine says, or never says: where the plan asks for nothing more the write was done, and where it
        asks for something else, or on another version, the write is in vain. Such writes are waited for no longer, and
        aren't told of as failed.
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
        """Until all are over, and no longer than that."""
        if self._writes:
            await asyncio.wait([writing for _, writing in self._writes.values()], timeout=max(0.0, seconds))
