"""Following the logs of several services: a thread for each connection, one queue, and lines in order of time."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.errors import EngineError, NotFound
from reconciler.records import dataclass
from reconciler.swarm.service_logs import LogLine, LogQuery, parsed

if TYPE_CHECKING:
    from reconciler.status.service_names import Named
    from reconciler.swarm import Swarm
    from reconciler.swarm.stream import Stream

QUIET, LONGEST_WAIT, TURN = 0.5, 3.0, 0.2
"""Seconds: what was written before is over when nothing came for ``QUIET``, or after ``LONGEST_WAIT``; what comes then
is put in order every ``TURN``."""
RETRY_FIRST, RETRY_LAST = 0.5, 5.0
OVERLAP, REMEMBERED = 2.0, 20_000
"""Seconds that are read again after a lost connection, and lines that are known from before it."""
WAITING = 10_000
"""Lines that are read ahead of what is printed."""


@dataclass(frozen=True, slots=True)
class LogSource:
    """One log of a service: its own, or that of one of its tasks."""

    service: Named
    wanted: LogQuery


Lines = queue.Queue[tuple["Named", LogLine] | None]
"""None where one of the services is gone."""
Note = Callable[[str], None]


class Follower:
    """Reads one log in a thread of its own, and connects again where the engine is lost."""

    def __init__(self, swarm: Swarm, source: LogSource, lines: Lines, note: Note) -> None:
        self._swarm = swarm
        self._source = source
        self._lines = lines
        self._note = note
        self._stop = threading.Event()
        self._recent: deque[LogLine] = deque(maxlen=REMEMBERED)
        self._stream: Stream | None = None

    def start(self) -> None:
        threading.Thread(target=self._run, name="logs", daemon=True).start()

    def stop(self) -> None:
        """End a read that is blocked, and connect no more."""
        self._stop.set()
        if self._stream:
            self._stream.cut()

    def _run(self) -> None:
        pause = RETRY_FIRST
        while not self._stop.is_set():
            try:
                self._one_connection()
                pause = RETRY_FIRST
            except NotFound:
                break
            except EngineError as error:
                if not self._stop.is_set():
                    self._note(f"{self._source.service.name}: {error} It is asked again.")
            self._stop.wait(pause)
            pause = min(2 * pause, RETRY_LAST)
        self._put(None)

    def _one_connection(self) -> None:
        """Read until it ends. What was read before is told apart by all that a line says."""
        known = frozenset(self._recent)
        self._stream = self._swarm.follow_logs(self._wanted())
        try:
            for line in parsed(self._stream):
                if line not in known:
                    self._recent.append(line)
                    self._put((self._source.service, line))
        finally:
            self._stream.close()

    def _wanted(self) -> LogQuery:
        times = [line.at for line in self._recent if line.at]
        if not times:
            return self._source.wanted
        last = datetime.fromisoformat(max(times)).timestamp()
        return replace(self._source.wanted, tail=None, since=last - OVERLAP)

    def _put(self, said: tuple[Named, LogLine] | None) -> None:
        while not self._stop.is_set():
            try:
                self._lines.put(said, timeout=1.0)
                return
            except queue.Full:
                continue


def in_order(lines: Lines, services: int) -> Iterator[tuple[Named, LogLine]]:
    """Yield lines in order of time, as far as they come within a turn; ends when all services are gone."""
    patience, ends = QUIET, time.monotonic() + LONGEST_WAIT
    while services:
        batch, gone = _batch(lines, patience, ends)
        services -= gone
        yield from sorted(batch, key=lambda said: said[1].at)
        patience, ends = TURN, time.monotonic() + TURN


def _batch(lines: Lines, patience: float, ends: float) -> tuple[list[tuple[Named, LogLine]], int]:
    """What comes until nothing did for ``patience`` seconds, or until ``ends``; and how many services are gone."""
    batch, gone = list[tuple["Named", LogLine]](), 0
    while True:
        try:
            said = lines.get(timeout=patience)
        except queue.Empty:
            return batch, gone
        if said is None:
            return batch, gone + 1
        batch.append(said)
        if time.monotonic() >= ends or len(batch) >= WAITING:
            return batch, gone
