"""Breaker: it stops a write that this process itself undoes again and again while desired state stays the same.

That is a bug of ours, and every round may cost the Swarm tasks. ``backoff`` deals with other writers that undo our
writes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import field
from typing import Any

from reconciler.plan.model import Action, Key, Verb
from reconciler.records import dataclass

LIMIT = 6
"""Number of times that the same write may be made within ``WINDOW``, if we undid it each time in between."""
WINDOW = 60.0
"""Seconds."""
PAUSE = 300.0
"""Seconds for which a write is left alone after that."""
REMEMBERED = 1000
"""Number of objects; beyond it, those written least recently are forgotten."""
_OPPOSITES = {Verb.CREATE: Verb.REMOVE, Verb.REMOVE: Verb.CREATE}


@dataclass(frozen=True, slots=True)
class _Written:
    """Last write of an object: ``after`` has hashes of the new values of its fields."""

    verb: Verb
    after: dict[str, str]
    at: float

    def is_undone_by(self, action: Action, digest: Callable[[Any], str]) -> bool:
        if _OPPOSITES.get(action.verb) is self.verb:
            return True
        return any(self.after.get(change.path) == digest(change.before) for change in action.changes)


@dataclass
class Breaker:
    """Counts, by object and write, how often a write undid another one of ours. ``digest`` hashes a value, so that
    no secret is kept; ``attempt`` tells writes apart."""

    digest: Callable[[Any], str]
    attempt: Callable[[Action], str]
    _last: dict[Key, _Written] = field(default_factory=dict)
    _times: dict[tuple[Key, str], deque[float]] = field(default_factory=dict)

    def note(self, action: Action, now: float) -> None:
        """Note a write that was made."""
        last = self._last.get(action.key)
        if last and last.is_undone_by(action, self.digest):
            times = self._times.setdefault((action.key, self.attempt(action)), deque(maxlen=LIMIT))
            times.append(now)
        after = {change.path: self.digest(change.after) for change in action.changes}
        self._last[action.key] = _Written(action.verb, after, now)
        if len(self._last) > REMEMBERED:
            self._last = {key: each for key, each in self._last.items() if now - each.at < WINDOW}
            self._times = {key: times for key, times in self._times.items() if now - times[-1] < PAUSE}

    def open_until(self, action: Action, now: float) -> float:
        """Return until when a write is stopped; 0 if it isn't."""
        times = self._times.get((action.key, self.attempt(action))) if self._times else None
        if times is None or len(times) < LIMIT or times[-1] - times[0] > WINDOW:
            return 0.0
        until = times[-1] + PAUSE
        return until if now < until else 0.0

    def clear(self) -> None:
        """Forget everything, because desired state changed or a pass is forced."""
        self._last.clear()
        self._times.clear()
