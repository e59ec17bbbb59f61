"""Predicates over observed tasks: which tasks count, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.causes.cause import Cause
from reconciler.causes.engine_words import of_task
from reconciler.desired.model import Spec
from reconciler.observed.model import Service, Snapshot, Task, TaskState

FAILED = frozenset({TaskState.FAILED, TaskState.REJECTED})
WANTED = frozenset({TaskState.READY, TaskState.RUNNING, TaskState.COMPLETE})
"""Desired states of a task that the orchestrator still means to run."""
SHORT_ID = 12
"""Characters of an id that the Docker CLI shows."""
_APART = frozenset({"Placement", "Runtime"})
_APART_BEFORE_1_25 = _APART | {"Networks"}
"""Members of a task's spec that may differ from its service's; networks too, if the service keeps them elsewhere."""
MARGIN = 1.0
"""Seconds by which the start of an engine and the status of a task may differ, even if one clock wrote both."""


def current(task: Task, service: Service) -> bool:
    """Say whether the task was made from the service's current spec (SwarmKit, ``orchestrator/task.go``,
    ``IsTaskDirty``: the task's spec is compared with the service's, except placement that its node satisfies)."""
    if service.iteration is not None and task.iteration is not None and task.iteration != service.iteration:
        return False
    template = service.spec.get("TaskTemplate") or {}
    apart = _APART if template.get("Networks") else _APART_BEFORE_1_25
    if all(task.spec.get(member) == template.get(member) for member in {*task.spec, *template} - apart):
        return True
    return _essence(task.spec, apart) == _essence(template, apart)


def stale(task: Task, snapshot: Snapshot) -> bool:
    """Say whether a Running task is unconfirmed: its node isn't ready, or its engine started after the task's last
    status.

    An engine in Swarm mode stops its tasks when it stops (no live-restore), so a status from before its start is of a
    container that is gone.
    """
    node = snapshot.nodes.get(task.node_id)
    if node is None or node.state != "ready":
        return True
    started = snapshot.engine.started_at
    return task.node_id == snapshot.engine.node_id and started is not None and task.status_at < started - MARGIN


def went_with_its_engine(end: Task, snapshot: Snapshot) -> bool:
    """Say whether a task ended because its engine stopped or was lost, and not by its own fault: the task is older
    than the engine's last start. For engines of other nodes that isn't known."""
    started = snapshot.engine.started_at
    return end.node_id == snapshot.engine.node_id and started is not None and end.created_at < started


def doubted_since(task: Task, snapshot: Snapshot) -> float:
    """Return since when a stale task is unconfirmed: the last news of its node, or the start of its engine. From
    then on the service has its time to find another node."""
    node = snapshot.nodes.get(task.node_id)
    if node is None:
        return 0.0
    return node.updated_at if node.state != "ready" else snapshot.engine.started_at or 0.0


def counts(task: Task, service: Service, snapshot: Snapshot) -> bool:
    """Say whether the task is running, wanted, of the current spec, and not stale."""
    return (
        task.state is TaskState.RUNNING
        and task.desired_state is TaskState.RUNNING
        and current(task, service)
        and not stale(task, snapshot)
    )


def age(task: Task, snapshot: Snapshot) -> float:
    """Return the seconds that the task has run: as the observer saw it, or by its status if it ran before the
    observer looked."""
    seen = snapshot.seen.get(task.id, snapshot.at)
    since = min(seen, task.status_at) if seen <= snapshot.watching_since else seen
    return max(0.0, snapshot.at - since)


def by_slot(tasks: Iterable[Task], *, by_node: bool) -> Mapping[str, tuple[Task, ...]]:
    """Group tasks by slot, or by node for global services; newest first."""
    slots: dict[str, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.created_at, reverse=True):
        slots.setdefault(task.node_id if by_node else str(task.slot), []).append(task)
    return {slot: tuple(found) for slot, found in slots.items()}


def named(task: Task, service: str, snapshot: Snapshot) -> str:
    """Name a task as ``docker service ps`` does: ``task shop_web.2 (n4x0ll6e1zid) on host1``."""
    slot = f".{task.slot}" if task.slot else ""
    node = snapshot.nodes.get(task.node_id)
    place = f" on {node.hostname or node.id}" if node else f" on {task.node_id}, a lost node" if task.node_id else ""
    return f"task {service}{slot} ({task.id[:SHORT_ID]}){place}"


def cause_of(task: Task, snapshot: Snapshot) -> Cause | None:
    """Return why a task ended or doesn't start; None if nothing says so."""
    if task.id in snapshot.out_of_memory:
        return Cause.OUT_OF_MEMORY
    return of_task(task.error, task.exit_code, completed=task.state is TaskState.COMPLETE)


def words(task: Task) -> str:
    """Return what the engine says about a task: its error, or its message, with the exit code."""
    said = task.error or task.message or str(task.state)
    code = task.exit_code
    return said if not code or f"({code})" in said else f"{said} (exit code {code})"


def _essence(task: Mapping[str, Any], apart: frozenset[str]) -> Spec:
    result: Spec = _pruned({key: value for key, value in task.items() if key not in apart})
    return {**result, "ForceUpdate": task.get("ForceUpdate") or 0}


def _pruned(value: Any) -> Any:
    if isinstance(value, Mapping):
        pruned = {key: _pruned(item) for key, item in value.items()}
        return {key: item for key, item in pruned.items() if item not in (None, [], {}, "")}
    return [_pruned(item) for item in value] if isinstance(value, list) else value
