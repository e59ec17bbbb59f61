"""Nodes, what runs on them, and what they have left."""

from __future__ import annotations

from collections import Counter

from reconciler.observed.model import Snapshot, TaskState
from reconciler.spec.paths import get
from reconciler.status.outputs import OutputModel


class NodeOutput(OutputModel):
    """CPU in cores, memory in bytes; reserved is what Running tasks ask for. ``tasks`` counts them by service."""

    id: str
    hostname: str
    role: str
    state: str
    availability: str
    address: str
    cpus: float
    cpus_reserved: float
    memory: int
    memory_reserved: int
    tasks: dict[str, int]


class NodesOutput(OutputModel):
    """The nodes of the Swarm."""

    nodes: list[NodeOutput]


def nodes_of(snapshot: Snapshot) -> NodesOutput:
    """Return the nodes by name."""
    names = {service.id: service.name for service in snapshot.services.values()}
    tasks: dict[str, Counter[str]] = {}
    reserved: dict[str, Counter[str]] = {}
    for service_id, found in snapshot.tasks.items():
        for task in found:
            if task.state is TaskState.RUNNING and service_id in names:
                tasks.setdefault(task.node_id, Counter())[names[service_id]] += 1
                wants = get(task.spec, ("Resources", "Reservations")) or {}
                asked = {kind: int(wants.get(kind) or 0) for kind in ("NanoCPUs", "MemoryBytes")}
                reserved.setdefault(task.node_id, Counter()).update(asked)
    return NodesOutput(
        nodes=[
            NodeOutput(
                id=node.id,
                hostname=node.hostname,
                role=node.role,
                state=node.state,
                availability=node.availability,
                address=node.address,
                cpus=node.resources.get("NanoCPUs", 0) / 1e9,
                cpus_reserved=reserved.get(node.id, Counter())["NanoCPUs"] / 1e9,
                memory=node.resources.get("MemoryBytes", 0),
                memory_reserved=reserved.get(node.id, Counter())["MemoryBytes"],
                tasks=dict(sorted(tasks.get(node.id, Counter()).items())),
            )
            for node in sorted(snapshot.nodes.values(), key=lambda node: node.hostname)
        ]
    )
