"""How long a failing object is left alone: 1 s doubling to 5 min, as long as the same thing is to be written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from reconciler.plan.model import Action, Key

FIRST = 1.0
LONGEST = 300.0
SOON = 0.3
"""The first wait where the object is in use, or somebody else wrote: such things go by themselves, mostly."""
PATIENCE = 8
"""After so many of those in a row it isn't that any more, but a failure."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The last failure of an object. ``retry_at`` in seconds since the epoch."""

    error: str
    retry_at: float
    count: int
    attempt: str
    passing: bool = False


class Backoff:
    """Remembers failures by object. In memory: a restart of ours may try again at once."""

    def __init__(self) -> None:
        self._failures: dict[Key, Failure] = {}

    def standing(self, action: Action, now: float) -> Failure | None:
        """The failure that forbids ``action`` for now: of the same write, its time not yet come."""
        failure = self._failures.get(action.key)
        if failure and failure.attempt == _attempt(action) and now < failure.retry_at:
            return failure
        return None

    def failed(self, action: Action, error: str, now: float, *, passing: bool = False) -> Failure:
        attempt = _attempt(action)
        last = self._failures.get(action.key)
        count = last.count + 1 if last and last.attempt == attempt else 1
        wait = (SOON if passing else FIRST) * 2 ** min(count - 1, 20)
        failure = Failure(error, now + min(wait, LONGEST), count, attempt, passing and count <= PATIENCE)
        self._failures[action.key] = failure
        return failure

    def succeeded(self, action: Action) -> None:
        self._failures.pop(action.key, None)

    def clear(self) -> None:
        self._failures.clear()


def _attempt(action: Action) -> str:
    """Tells whether the same thing is tried again. A hash, so that no secret is kept."""
    form = json.dumps([action.verb, action.spec], sort_keys=True).encode()
    return hashlib.sha256(form + hashlib.sha256(action.data).digest()).hexdigest()
