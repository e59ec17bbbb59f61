"""Nodes that a service may run on, by the rules of SwarmKit."""

from __future__ import annotations

from reconciler.observed.constraints import suits
from reconciler.observed.model import Service, Snapshot, TaskState
from reconciler.verdict.tasks import WANTED, current


def eligible(service: Service, snapshot: Snapshot) -> frozenset[str]:
    """Return the ids of the nodes that a global service is meant to run on: neither down nor drained, of a platform
    that the image has, and meeting the constraints (SwarmKit, ``orchestrator/global``, and ``PlatformFilter``).

    A paused node keeps its task and gets no new one: it counts as long as that task is of the current spec. A node that
    has too few resources, or where a port or a plugin is missing, stays eligible: its task is wanted, and waits.
    """
    template = service.spec.get("TaskTemplate") or {}
    keeping = {
        task.node_id
        for task in snapshot.tasks.get(service.id, ())
        if task.state is TaskState.RUNNING and task.desired_state in WANTED and current(task, service)
    }
    return frozenset(
        node.id
        for node in snapshot.nodes.values()
        if node.state != "down"
        and (node.availability == "active" or (node.availability == "pause" and node.id in keeping))
        and suits(node, template)
    )
