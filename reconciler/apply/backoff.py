"""Backoff: how long an object is left alone after a failure, or while another writer keeps undoing our writes.

Waits double from 1 s to 5 min. Each is drawn at random between zero and its full length (full jitter), and ends as soon
as something else is to be written. All of it is in memory: a restart of ours may try again at once.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

from reconciler.apply.breaker import LIMIT, WINDOW, Breaker
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.causes.words import WRITE
from reconciler.plan.model import Action, Key, Kind, Verb
from reconciler.records import dataclass

SOON = 0.3
"""First wait, in seconds, if the object is in use or another writer changed it: such obstacles mostly pass by
themselves."""
FREE = 5
"""Number of times that the same thing is corrected at once. If it needs more corrections it is disputed, and waits."""
MEMORY = 300.0
"""Seconds without another try after which all is forgotten: what stays right for so long is no longer disputed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Last failure of an object. ``retry_at`` is by the clock that ``now`` is read from."""

    error: str
    retry_at: float
    count: int
    attempt: str
    passing: bool = False
    disputed: bool = False
    """Whether the write itself succeeded each time, and didn't last."""
    by_ourselves: bool = False
    """Whether this very process undid it each time."""
    since: float | None = None
    """When the same write first failed."""

    @property
    def finding(self) -> Finding:
        """Return the failure as a cause."""
        cause = Cause.DISPUTED_WITH_OURSELVES if self.by_ourselves else Cause.WRITE_REFUSED
        cause = Cause.DISPUTED if self.disputed and not self.by_ourselves else cause
        condition = "" if cause is Cause.DISPUTED else WRITE
        return Finding(cause, Facts(said=self.error, count=self.count, condition=condition))


@dataclass(frozen=True, slots=True)
class _Correction:
    """Correction that was made ``count`` times in a row, and isn't made again before ``retry_at``."""

    after: str
    count: int
    at: float
    retry_at: float


_OPPOSITES = {Verb.CREATE: Verb.REMOVE, Verb.REMOVE: Verb.CREATE}
_Topic = tuple[Key, Verb, tuple[str, ...]]
"""What was corrected: the object, how, and which fields."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The first wait and the longest, in seconds, and how many conflicts in a row count as passing."""

    first: float = 1.0
    cap: float = 300.0
    retries: int = 8


class Backoff:
    """Memory of failures and disputes by object. ``jitter`` returns a number in [0, 1)."""

    def __init__(self, jitter: Callable[[], float] = random.random, limits: Limits | None = None) -> None:
        self._jitter = jitter
        self.limits = limits or Limits()
        self._failures: dict[Key, Failure] = {}
        self._corrections: dict[_Topic, _Correction] = {}
        self._breaker = Breaker(_hash, _attempt)
        self._desired: object = None

    def under(self, desired: object) -> None:
        """Take the desired state from now on. If it changed, writes that undo earlier ones are no dispute."""
        if desired != self._desired:
            self._desired = desired
            self._breaker.clear()

    def standing(self, action: Action, now: float) -> Failure | None:
        """Return what forbids ``action`` for now: a failure of the same write, or a dispute over it, if its wait
        isn't over."""
        failure = self._failures.get(action.key)
        if failure and failure.attempt == _attempt(action) and now < failure.retry_at:
            return failure
        if until := self._breaker.open_until(action, now):
            return _dispute_with_ourselves(action, until)
        correction = self._corrections.get(_topic(action))
        if not correction or correction.count <= FREE:  # also if ``now`` is before the correction: a slow answer
            return None
        if correction.after == _after(action) and now < correction.retry_at:
            return _dispute(action, correction)
        return None

    def failed(self, action: Action, error: str, now: float, *, passing: bool = False) -> Failure:
        attempt = _attempt(action)
        last = self._failures.get(action.key)
        count = last.count + 1 if last and last.attempt == attempt else 1
        wait = self._wait(min(SOON, self.limits.first) if passing else self.limits.first, count)
        since = last.since if last and count > 1 else now
        failure = Failure(error, now + wait, count, attempt, passing and count <= self.limits.retries, since=since)
        self._failures = {key: old for key, old in self._failures.items() if now - old.retry_at < MEMORY}
        self._failures[action.key] = failure
        return failure

    def succeeded(self, action: Action, now: float) -> None:
        """Note a success. The same write again, soon after the last one, means that the last one didn't last."""
        self._failures.pop(action.key, None)
        self._breaker.note(action, now)
        topic, after = _topic(action), _after(action)
        self._forget_what_is_over(now)
        if action.verb in _OPPOSITES:  # making again what a changed desired state removed before is no dispute
            self._corrections.pop((action.key, _OPPOSITES[action.verb], ()), None)
        last = self._corrections.pop(topic, None)
        count = last.count + 1 if last and last.after == after else 1
        wait = self._wait(self.limits.first, count - FREE) if count > FREE else 0.0
        self._corrections[topic] = _Correction(after, count, now, now + wait)

    def clear(self) -> None:
        self._failures.clear()
        self._corrections.clear()
        self._breaker.clear()

    def _forget_what_is_over(self, now: float) -> None:
        """Forget corrections that are old enough. The oldest come first."""
        while self._corrections:
            topic = next(iter(self._corrections))
            if now - self._corrections[topic].retry_at < MEMORY:
                return
            del self._corrections[topic]

    def _wait(self, first: float, count: int) -> float:
        return self._jitter() * min(first * 2.0 ** min(count - 1, 20), self.limits.cap)


def _topic(action: Action) -> _Topic:
    return action.key, action.verb, tuple(change.path for change in action.changes)


def _dispute(action: Action, correction: _Correction) -> Failure:
    paths = ", ".join(change.path for change in action.changes)
    done = f"was put right {correction.count} times in a row, and is left alone for a while"
    if paths:
        error = f"somebody else keeps changing {action.key}: {paths} {done}"
        if action.kind is Kind.SERVICE:
            error += f"; `x-reconciler: {{ignore: [{paths}]}}` would leave it to them for good"
    elif action.verb is Verb.CREATE:
        error = f"somebody else keeps removing {action.key}: it {done}"
    else:
        error = f"{action.key}: {action.reason}: this {done}"
    return Failure(error, correction.retry_at, correction.count, _attempt(action), disputed=True)


def _dispute_with_ourselves(action: Action, until: float) -> Failure:
    error = (
        f"disputed with ourselves: this process did and undid it more than {LIMIT} times within {WINDOW:g} s "
        f"({action.verb} {action.key}: {action.reason}). It is left alone until desired state changes or on force. "
        "That is a fault of reconciler: please report it"
    )
    return Failure(error, until, LIMIT, _attempt(action), disputed=True, by_ourselves=True)


def _attempt(action: Action) -> str:
    """Return a hash that shows whether the same write is tried again. A hash, so that no secret is kept."""
    return _hash([action.verb, action.spec, hashlib.sha256(action.data).hexdigest()])


def _after(action: Action) -> str:
    """Return a hash of the new values of the fields. A hash, so that no secret is kept."""
    return _hash([change.after for change in action.changes])


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
