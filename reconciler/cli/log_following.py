"""Following of several services' logs: a thread for each connection, one queue, and lines in order of time."""

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
"""Seconds. Older lines are complete when nothing came for ``QUIET``, or after ``LONGEST_WAIT``. Later lines are
sorted every ``TURN``."""
RETRY_FIRST, RETRY_LAST = 0.5, 5.0
OVERLAP, REMEMBERED = 2.0, 20_000
"""Seconds that are read again after a lost connection, and number of lines remembered from before it."""
WAITING = 10_000
"""Lines that are read ahead of what is printed."""


@dataclass(frozen=True, slots=True)
class LogSource:
    """One log of a service: its own, or that of one of its tasks."""

    service: Named
    wanted: LogQuery


Lines = queue.Queue[tuple["Named", LogLine] | None]
"""Queue of lines; None means that one of the services is gone."""
Note = Callable[[str], None]


class Follower:
    """Reads one log in a thread of its own, and connects again if the engine is lost."""

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
        """End a read that is blocked, and don't connect again."""
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
        """Read until the connection ends. Lines that were read before are recognised by their whole content and
        skipped."""
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
    """Yield lines in order of time, as far as they come within a turn; end when all services are gone."""
    patience, ends = QUIET, time.monotonic() + LONGEST_WAIT
    while services:
        batch, gone = _batch(lines, patience, ends)
        services -= gone
        yield from sorted(batch, key=lambda said: said[1].at)
        patience, ends = TURN, time.monotonic() + TURN


def _batch(lines: Lines, patience: float, ends: float) -> tuple[list[tuple[Named, LogLine]], int]:
    """Return the lines that come until none came for ``patience`` seconds, or until ``ends``; and how many services
    are gone."""
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
