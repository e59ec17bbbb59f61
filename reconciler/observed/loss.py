"""Whose fault it was that a task ended: its own, or its node's."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.observed.model import Snapshot, Task, TaskState

TOLD_TO_END = frozenset({TaskState.SHUTDOWN, TaskState.REMOVE, TaskState.ORPHANED})
"""States of a task that Swarm gave up. One that ends by itself is complete, failed or rejected (SwarmKit,
``agent/exec/controller.go``, ``Do``: only a task that isn't wanted any more is shut down)."""


def blamed(message: str, tasks: Iterable[Task]) -> Task | None:
    """The task that Swarm's words on a rollout name by its id."""
    return next((task for task in tasks if task.id in message), None)


def on_lost_node(task: Task, snapshot: Snapshot) -> bool:
    """Whether the task has a node, and that is down, or gone."""
    node = snapshot.nodes.get(task.node_id)
    return bool(task.node_id) and (node is None or node.state == "down")


def lost(task: Task, snapshot: Snapshot) -> bool:
    """Whether a task ended by no fault of its own: its node is down, or was, or was drained. The updater takes that
    for an early termination, too (SwarmKit, ``updater.go``, ``Run``): when a node is drained during a rollout, or
    comes back and tells how its tasks ended. One that is drained may tell of failures in ending them (engine 20.10:
    ``error while removing network``)."""
    node = snapshot.nodes.get(task.node_id)
    drained = node is not None and node.availability == "drain"
    return task.state in TOLD_TO_END or drained or on_lost_node(task, snapshot)
