"""How Swarm rolls a service out, and whether a task of the rollout ended by its own fault or its node's."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.causes.engine_words import named_in
from reconciler.desired.model import Spec
from reconciler.observed.model import Service, Snapshot, Task, TaskState
from reconciler.spec.fields import engine_default

MONITOR = engine_default("deploy.update_config.monitor")
"""Nanoseconds for which Swarm watches each new task if the spec doesn't say."""
GRACE = engine_default("stop_grace_period")
"""Nanoseconds that a task has to stop if its spec doesn't say."""

TOLD_TO_END = frozenset({TaskState.SHUTDOWN, TaskState.REMOVE, TaskState.ORPHANED})
"""States of a task that Swarm gave up. A task that ends by itself is complete, failed or rejected (SwarmKit,
``agent/exec/controller.go``, ``Do``: only a task that isn't wanted any more is shut down)."""


def delay(service: Service) -> float:
    """Return the seconds that Swarm waits between two steps of the rollout."""
    return float(_pace(service).get("Delay") or 0) / 1e9


def grace(task: Task) -> float:
    """Return the seconds that a task has to stop before it is killed."""
    return float((task.spec.get("ContainerSpec") or {}).get("StopGracePeriod") or GRACE) / 1e9


def monitor(service: Service) -> float:
    """Return the seconds for which Swarm watches each new task."""
    return float(_pace(service).get("Monitor") or MONITOR) / 1e9


def _pace(service: Service) -> Spec:
    going_back = service.update is not None and service.update.state == "rollback_started"
    return service.spec.get("RollbackConfig" if going_back else "UpdateConfig") or {}


def blamed(message: str, tasks: Iterable[Task]) -> Task | None:
    """Return the task that Swarm's message about a rollout names by its id."""
    known = {task.id: task for task in tasks}
    return known.get(named_in(message, known))


def on_lost_node(task: Task, snapshot: Snapshot) -> bool:
    """Whether the task has a node, and that node is down or gone."""
    node = snapshot.nodes.get(task.node_id)
    return bool(task.node_id) and (node is None or node.state == "down")


def lost(task: Task, snapshot: Snapshot) -> bool:
    """Whether a task ended by no fault of its own: its node is or was down, or was drained. The updater takes that for
    an early termination, too (SwarmKit, ``updater.go``, ``Run``): when a node is drained during a rollout, or comes
    back and reports how its tasks ended. A drained node may report failures in ending them (engine 20.10: ``error
    while removing network``)."""
    node = snapshot.nodes.get(task.node_id)
    drained = node is not None and node.availability == "drain"
    return task.state in TOLD_TO_END or drained or on_lost_node(task, snapshot)
