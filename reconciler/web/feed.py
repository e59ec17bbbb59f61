"""The last view, and the events that tell readers what has changed since the one before."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

from reconciler.records import dataclass
from reconciler.status.report_output import service_state
from reconciler.verdict.model import Judgement
from reconciler.web.view import View

KEPT = 1000
"""Events that a reader who comes back can still get."""
BEHIND = 256
"""Events that a slow reader may be behind; it is sent away then, and begins again with the whole."""
KEEP_ALIVE = 15.0
"""Seconds without an event after which a comment keeps the connection, and every proxy on its way, awake."""
RETRY = 2000
"""Milliseconds after which a browser that lost the connection comes back."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change. ``kind`` is ``pass``, ``service``, ``gone`` or ``reset``."""

    number: int
    kind: str
    data: dict[str, Any]


class Feed:
    """Takes views from the loop's thread, and hands events to readers in the server's."""

    def __init__(self) -> None:
        self.boot = secrets.token_hex(4)
        """Tells event ids of this process from those of the one before."""
        self._lock = threading.Lock()
        self._latest: View | None = None
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._number = 0
        self._readers: dict[asyncio.Queue[Event | None], asyncio.AbstractEventLoop] = {}

    @property
    def latest(self) -> View | None:
        """The last view; None before the first pass."""
        return self._latest

    @property
    def readers(self) -> int:
        """How many follow the events now."""
        return len(self._readers)

    def publish(self, view: View) -> None:
        """Take the next view. May be called from any thread, and never blocks on a reader."""
        with self._lock:
            before, self._latest = self._latest, view
            new = [self._event(kind, data) for kind, data in changes(before, view)] if self._readers or before else []
            self._events.extend(new)
            for reader, loop in list(self._readers.items()):
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_hand, reader, new)

    def _event(self, kind: str, data: dict[str, Any]) -> Event:
        self._number += 1
        return Event(self._number, kind, data)

    async def follow(self, last_id: str = "") -> AsyncIterator[bytes]:
        """Yield server-sent events from now on, or from the one after ``last_id``. What was lost is a ``reset``."""
        reader: asyncio.Queue[Event | None] = asyncio.Queue(BEHIND)
        with self._lock:
            missed = list(self._since(last_id)) if last_id else []
            self._readers[reader] = asyncio.get_running_loop()
        try:
            yield f"retry: {RETRY}\n\n".encode()
            for event in missed:
                yield self._line(event)
            while True:
                try:
                    async with asyncio.timeout(KEEP_ALIVE):
                        found = await reader.get()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if found is None:
                    return
                yield self._line(found)
        finally:
            with self._lock:
                self._readers.pop(reader, None)

    def _since(self, last_id: str) -> Iterator[Event]:
        boot, _, number = last_id[:64].partition("-")
        known = boot == self.boot and number.isascii() and number.isdigit()
        first = self._events[0].number if self._events else self._number + 1
        if not known or not first - 1 <= int(number) <= self._number:
            yield Event(self._number, "reset", {})
            return
        yield from (event for event in self._events if event.number > int(number))

    def _line(self, event: Event) -> bytes:
        data = json.dumps(event.data, separators=(",", ":"))
        return f"id: {self.boot}-{event.number}\nevent: {event.kind}\ndata: {data}\n\n".encode()


def _hand(reader: asyncio.Queue[Event | None], new: list[Event]) -> None:
    """Hand events over in the reader's own thread. A reader that is too far behind is sent away, and begins again."""
    for event in new:
        if reader.qsize() >= BEHIND - 1:
            while not reader.empty():
                reader.get_nowait()
            reader.put_nowait(None)
            return
        reader.put_nowait(event)


def changes(before: View | None, view: View) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a reader sees change: each service whose judgement is another, and the pass itself."""
    old = before.report.judgements if before else {}
    new = view.report.judgements
    for name, judgement in new.items():
        if not _same(old.get(name), judgement):
            yield "service", service_state(judgement).model_dump(mode="json")
    for name in old.keys() - new.keys():
        yield "gone", {"name": name}
    report = view.report
    yield (
        "pass",
        {"id": report.id, "at": report.at, "verdict": report.verdict, "engine_error": report.engine_error},
    )


def _same(old: Judgement | None, new: Judgement) -> bool:
    """Whether two judgements look alike; ages count on in the browser."""
    if old is None:
        return False
    return all(
        getattr(old, name) == getattr(new, name)
        for name in (
            "verdict",
            "reason",
            "desired",
            "running",
            "ready",
            "cause",
            "facts",
            "error",
            "suspended",
            "since",
        )
    )
