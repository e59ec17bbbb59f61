"""Times from the Swarm's machines, converted to our clock: theirs may be ahead, behind, or set at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import inf

from reconciler.observed.model import Node, Service, Snapshot, Task

SLACK = 1.5
"""Seconds by which a time may contradict what was seen: the engine gives its own time in whole seconds."""
SQUEEZED = 1e-6
"""Factor by which larger contradictions are squeezed; not zero, so that times keep their order."""
FEW = 10_000
"""How many times are remembered whether they are in use or not."""


class EngineTime:
    """Converts each time once, when it is first seen: setting a clock later changes nothing that is known.

    The dates of the engine's answers show how far its clock is from ours. What is new in a look happened since the
    look before, whatever a machine's clock says.
    """

    def __init__(self) -> None:
        self._ahead = 0.0
        """Seconds by which the engine's clock is ahead of ours; zero unless its answers contradict that."""
        self._since, self._until = -inf, inf
        self._known: dict[float, float] = {0.0: 0.0}
        self._most = FEW

    def hear(self, date: str | None, asked: float, answered: float) -> None:
        """Take the ``Date`` of an answer; ignore one that can't be read."""
        try:
            theirs = parsedate_to_datetime(date or "").replace(tzinfo=UTC).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        self._ahead = min(max(self._ahead, theirs - answered), theirs + 1 - asked)

    def look(self, at: float) -> None:
        """Begin a look at ``at``."""
        self._until = at

    def looked(self, found: Snapshot) -> None:
        """End the look that found ``found``: what is new from now on happened after it began."""
        self._since = found.at
        if len(self._known) > self._most:
            used = {0.0, found.engine.started_at, *_times(found)}
            self._known = {theirs: ours for theirs, ours in self._known.items() if ours in used}
            self._most = FEW + 2 * len(self._known)

    def ours(self, theirs: float) -> float:
        """Return a time of the Swarm in our clock."""
        if theirs not in self._known:
            self._known[theirs] = self._translated(theirs - self._ahead)
        return self._known[theirs]

    def is_to_come(self, theirs: float) -> bool:
        """Whether a time is in the future, which means that the clock it came from was set back since."""
        return theirs - self._ahead > self._until + SLACK

    def _translated(self, at: float) -> float:
        first, last = self._since - SLACK, self._until + SLACK
        if at > last:
            return last + (at - last) * SQUEEZED
        return at if at >= first else first + (at - first) * SQUEEZED

    def service(self, found: Service) -> Service:
        update = found.update
        if update:
            started, completed = (
                None if each is None else self.ours(each) for each in (update.started_at, update.completed_at)
            )
            update = replace(update, started_at=started, completed_at=completed)
        return replace(
            found, created_at=self.ours(found.created_at), updated_at=self.ours(found.updated_at), update=update
        )

    def task(self, found: Task) -> Task:
        """Return a task with times in our clock. A manager says when it was made, its node what happened to it: a
        node's time before the task's creation doesn't count."""
        created = self.ours(found.created_at)
        if found.status_at:
            self._known[found.status_at] = max(created, self.ours(found.status_at))
        return replace(found, created_at=created, status_at=self.ours(found.status_at))

    def node(self, found: Node) -> Node:
        return replace(found, updated_at=self.ours(found.updated_at))


def _times(found: Snapshot) -> Iterator[float | None]:
    for service in found.services.values():
        yield from (service.created_at, service.updated_at)
        if service.update:
            yield from (service.update.started_at, service.update.completed_at)
    for tasks in found.tasks.values():
        for task in tasks:
            yield from (task.created_at, task.status_at)
    for node in found.nodes.values():
        yield node.updated_at
