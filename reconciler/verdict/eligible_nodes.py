"""Which nodes a service may run on, by the rules of SwarmKit."""

from __future__ import annotations

from reconciler.observed.constraints import suits
from reconciler.observed.model import Service, Snapshot, TaskState
from reconciler.verdict.tasks import WANTED, current


def eligible(service: Service, snapshot: Snapshot) -> frozenset[str]:
    """Ids of the nodes that a global service is meant to run on: neither down nor drained, of a platform that the
    image has, and meeting the constraints (SwarmKit, ``orchestrator/global``, and ``PlatformFilter``).

    A paused node keeps the task it has and gets no other: it counts for as long as that is one of the current spec.
    What only stands in the way (resources, ports, plugins) makes no node ineligible: there a task is wanted, and waits.
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
