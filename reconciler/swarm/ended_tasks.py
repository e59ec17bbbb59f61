"""Tasks that ended and that Swarm no longer lists: with a task history limit of 0 or 1 they vanish within a second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.observed.model import ENDED, Node, Task, TaskState

REMEMBERED = 120.0
"""Seconds for which an end is remembered: as long as the verdict looks back for crash loops."""
MOST = 5
"""How many ends are remembered in a slot: as many as Swarm keeps by default."""
VANISHED = "it ended between two looks, and Swarm keeps no history of its tasks (task-history-limit)"
_BEGUN = frozenset({TaskState.STARTING, TaskState.RUNNING})


class Ends:
    """Remembers how tasks ended, by comparing one look with the next."""

    def __init__(self) -> None:
        self._noticed: dict[str, float] = {}
        """When a task was first missing from the lists, by its id."""

    def remembered(
        self, before: Sequence[Task], now: Sequence[Task], nodes: Mapping[str, Node], at: float
    ) -> list[Task]:
        """Return the tasks of one service that ended and aren't listed any more. ``before`` are the tasks of the last
        look, including those that were remembered then."""
        listed, slots = {task.id for task in now}, {_slot(task) for task in now}
        found: list[Task] = []
        for task in (task for task in before if task.id not in listed and _slot(task) in slots):
            ended = task if task.state in ENDED else _ended(task, now, nodes, at)
            if ended is None or ended.state is TaskState.SHUTDOWN:
                continue
            if at - self._noticed.setdefault(task.id, at) < REMEMBERED:
                found.append(ended)
        return _newest_of_each_slot(found)

    def forget(self, tasks: Iterable[Task]) -> None:
        """Forget all but ``tasks``."""
        kept = {task.id for task in tasks}
        self._noticed = {id_: at for id_, at in self._noticed.items() if id_ in kept}


def _ended(task: Task, now: Iterable[Task], nodes: Mapping[str, Node], at: float) -> Task | None:
    """Return a task that vanished while it was wanted, as failed. None if Swarm may have stopped it: for another spec,
    a scale-down, or its node."""
    node = nodes.get(task.node_id)
    if node is None or node.state != "ready" or node.availability != "active":
        return None
    if task.state not in _BEGUN or task.desired_state is not TaskState.RUNNING:
        return None
    same = (each for each in now if _slot(each) == _slot(task) and each.spec == task.spec)
    if not any(each.created_at > task.created_at for each in same):
        return None
    return replace(
        task, state=TaskState.FAILED, desired_state=TaskState.SHUTDOWN, status_at=at, message=VANISHED, error=VANISHED
    )


def _slot(task: Task) -> tuple[int, str]:
    """Return the slot; for a global service, the node."""
    return task.slot, "" if task.slot else task.node_id


def _newest_of_each_slot(tasks: Iterable[Task]) -> list[Task]:
    by_slot: dict[tuple[int, str], list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.created_at, reverse=True):
        by_slot.setdefault(_slot(task), []).append(task)
    return [task for found in by_slot.values() for task in found[:MOST]]
