"""What readers ask the loop to do: taken at once, done by the loop, and followed by an id (rule 21)."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from enum import StrEnum
from typing import Any, Literal, Protocol

from reconciler.status.outputs import OutputModel
from reconciler.web.problems import Problem

KEPT = 1000
"""Requests that are remembered."""


class Do(StrEnum):
    """What can be asked for."""

    RELOAD = "reload"
    CONSENT = "consent"
    SUSPEND = "suspend"
    RESUME = "resume"


class State(StrEnum):
    """How far a request is."""

    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"


class RequestOutput(OutputModel):
    """A request. ``actor`` is whose token asked for it; ``at`` and ``ended`` are seconds since the epoch."""

    format: Literal[1] = 1
    id: str
    do: Do
    target: str
    actor: str
    at: float
    state: State
    ended: float | None = None
    detail: str = ""


class Loop(Protocol):
    """What the surfaces ask of a loop. Every call returns soon, may be made from any thread, and raises
    ``ReconcilerError`` where nothing came of it."""

    def force(self, actor: str, *, consent: bool) -> None: ...
    def suspend(self, actor: str, target: str, reason: str) -> str: ...
    def resume(self, actor: str, target: str) -> str: ...


class Requests:
    """The requests of this process."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, RequestOutput] = OrderedDict()
        self._waiting: dict[str, int] = {}

    def ask(self, do: Do, actor: str, target: str = "", reason: str = "", *, seen: int = 0) -> RequestOutput:
        """Take a request. ``seen`` is the number of the last view: a later one of a forced pass ends a reload.

        Raises:
            ReconcilerError: the loop refuses it.
        """
        found = RequestOutput(
            id=secrets.token_hex(8), do=do, target=target, actor=actor, at=round(time.time(), 3), state=State.ACCEPTED
        )
        if do in {Do.RELOAD, Do.CONSENT}:
            self._keep(found, seen)  # first: the pass may end before the call returns
            try:
                self._loop.force(actor, consent=do is Do.CONSENT)
            except BaseException:
                with self._lock:
                    self._waiting.pop(found.id, None)
                    self._kept.pop(found.id, None)
                raise
            return found
        change = self._loop.suspend if do is Do.SUSPEND else None
        said = change(actor, target, reason) if change else self._loop.resume(actor, target)
        return self._keep(_ended(found, State.DONE, said))

    def passed(self, number: int, *, forced: bool, error: str) -> None:
        """Note that a pass ended: a forced one ends the reloads that were asked for before it began."""
        if not forced:
            return
        state = State.FAILED if error else State.DONE
        with self._lock:
            for identity in [identity for identity, seen in self._waiting.items() if number > seen]:
                del self._waiting[identity]
                self._kept[identity] = _ended(self._kept[identity], state, error)

    def get(self, identity: str) -> RequestOutput:
        """Return a request. Raises ``Problem`` for one that isn't known."""
        found = self._kept.get(identity)
        if found is None:
            raise Problem(404, f"no request {identity[:64]!r} is known to this process; the last {KEPT} are")
        return found

    def _keep(self, found: RequestOutput, seen: int | None = None) -> RequestOutput:
        with self._lock:
            self._kept[found.id] = found
            if seen is not None:
                self._waiting[found.id] = seen
            while len(self._kept) > KEPT:
                self._waiting.pop(self._kept.popitem(last=False)[0], None)
        return found


def _ended(found: RequestOutput, state: State, detail: str) -> RequestOutput:
    changed: dict[str, Any] = {"state": state, "ended": round(time.time(), 3), "detail": detail}
    return found.model_copy(update=changed)
