"""Logs of services over all their tasks, in order of time, with the place where each line was written."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from reconciler.cli.log_following import WAITING, Follower, Lines, LogSource, Note, in_order
from reconciler.errors import EngineError, UsageError
from reconciler.records import dataclass
from reconciler.swarm.service_logs import LogLine, LogQuery

if TYPE_CHECKING:
    from reconciler.observed.model import Snapshot, Task
    from reconciler.status.service_names import Named
    from reconciler.swarm import Swarm

MOST_BYTES, LEAST_BYTES = 64 * 1024 * 1024, 1024 * 1024
"""Bytes of all logs that are read at once, and guaranteed bytes of each log."""
AT_ONCE = 8
LOOK = 2.0
"""Seconds between two looks for tasks that are unknown."""
RECENT = 5
"""Tasks of a slot that are read."""
LEAST_ID = 4
"""Least number of characters by which an id can be given."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line, and where it was written. ``slot`` and ``node`` are empty if they aren't known."""

    service: Named
    slot: str
    node: str
    line: LogLine

    def is_of(self, task: str) -> bool:
        """Say whether it is of this slot, node, or task id."""
        return task in {self.slot, self.node} or (len(task) >= LEAST_ID and self.line.task.startswith(task))


@dataclass(frozen=True, slots=True)
class Asked:
    """Request for logs: ``tail`` lines of each task, none older than ``since`` (seconds since the epoch). If
    ``task`` isn't empty, only of that slot, node, or task id."""

    task: str
    tail: int
    since: float | None


class LogReader:
    """Reader of the logs of ``services``, which are all in the ``snapshot``; ``note`` is called with remarks for the
    user."""

    def __init__(self, swarm: Swarm, services: Sequence[Named], snapshot: Snapshot, note: Note) -> None:
        self._swarm = swarm
        self._note = note
        self._ids = {each: snapshot.services[each.name].id for each in services}
        self._snapshot = snapshot
        self._tasks: dict[str, Task] = {}
        self._looked = 0.0
        self._look(snapshot)

    def read(self, asked: Asked) -> Iterator[LogEntry]:
        """Yield what was written until now.

        Raises:
            UsageError: there is no such task.
        """
        sources = self._of_tasks(asked) if asked.task else self._of_services(asked)
        most = max(LEAST_BYTES, MOST_BYTES // len(sources))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda source: self._read(source, most), sources))
        yield from sorted((said for one in found for said in one), key=lambda said: said.line.at)

    def follow(self, asked: Asked) -> Iterator[LogEntry]:
        """Yield the lines of ``read``, and then new lines, until every service is gone."""
        if asked.task:
            self._of_tasks(asked)  # the task has to exist now; its slot may get others later
        lines: Lines = queue.Queue(WAITING)
        followers = [Follower(self._swarm, source, lines, self._note) for source in self._of_services(asked)]
        for follower in followers:
            follower.start()
        try:
            for service, line in in_order(lines, len(followers)):
                said = self._placed(service, line)
                if not asked.task or said.is_of(asked.task):
                    yield said
        finally:
            for follower in followers:
                follower.stop()

    def _of_services(self, asked: Asked) -> list[LogSource]:
        return [LogSource(each, LogQuery("service", id_, asked.tail, asked.since)) for each, id_ in self._ids.items()]

    def _of_tasks(self, asked: Asked) -> list[LogSource]:
        found, known = list[LogSource](), set[str]()
        for service, id_ in self._ids.items():
            places = [(task, self._placed(service, LogLine("", task.id, "", "", ""))) for task in self._of(id_)]
            known |= {said.slot or said.node for _, said in places}
            meant = [task for task, said in places if said.is_of(asked.task)][:RECENT]
            found += [LogSource(service, LogQuery("task", task.id, asked.tail, asked.since)) for task in meant]
        if not found:
            there = ", ".join(sorted(known - {""}, key=lambda name: (len(name), name))[:20])
            raise UsageError(f"there is no task {asked.task[:40]!r}: there are {there or 'none'}")
        return found

    def _of(self, service_id: str) -> list[Task]:
        """Return the tasks of a service, newest first."""
        return list(self._snapshot.tasks.get(service_id, ()))

    def _read(self, source: LogSource, most: int) -> list[LogEntry]:
        said = list[LogEntry]()
        try:
            said.extend(self._placed(source.service, line) for line in self._swarm.read_logs(source.wanted, most))
        except EngineError as error:  # a node may be down; the lines of the others are there
            self._note(f"{source.service.name}: not all of its log could be read: {error}")
        return said

    def _placed(self, service: Named, line: LogLine) -> LogEntry:
        if line.task and line.task not in self._tasks and time.monotonic() - self._looked > LOOK:
            try:
                self._look(self._swarm.observe())
            except EngineError:
                self._looked = time.monotonic()  # the line is shown without its place, and the next one tries again
        task = self._tasks.get(line.task)
        node_id = line.node or (task.node_id if task else "")
        node = self._snapshot.nodes.get(node_id)
        slot = str(task.slot) if task and task.slot else ""
        return LogEntry(service, slot, (node.hostname or node_id) if node else node_id, line)

    def _look(self, snapshot: Snapshot) -> None:
        ours = set(self._ids.values())
        self._snapshot, self._looked = snapshot, time.monotonic()
        self._tasks = {task.id: task for id_, tasks in snapshot.tasks.items() if id_ in ours for task in tasks}
