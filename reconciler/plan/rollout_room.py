"""Room for a rollout: whether there is a node that can start a new task before the old one stops."""

from __future__ import annotations

from reconciler.desired.model import Spec
from reconciler.observed.constraints import suits
from reconciler.observed.model import ON_NODE, Node, Service, Snapshot, Task
from reconciler.observed.ports import published
from reconciler.spec.paths import get, mode

_NAMED = 3
"""Nodes that a sentence names."""


def lacks_room(spec: Spec, snapshot: Snapshot) -> str:
    """Return why an update of a service to ``spec`` would never end; empty if it may.

    Nodes count whether they are up or not: a node that comes back resolves the wait, so it is no deadlock.
    """
    if get(spec, ("UpdateConfig", "Order")) != "start-first":
        return ""
    return _by_replicas(spec, snapshot) or _by_port(spec, snapshot)


def _by_replicas(spec: Spec, snapshot: Snapshot) -> str:
    """Check the replicas per node. SwarmKit (``scheduler/filter.go``, ``MaxReplicasFilter``) also counts the old
    task, which stops only once the new one runs."""
    most = get(spec, ("TaskTemplate", "Placement", "MaxReplicas")) or 0
    if not most or mode(spec) != "replicated":
        return ""
    replicas = get(spec, ("Mode", "Replicated", "Replicas"))
    replicas = 1 if replicas is None else replicas
    nodes = sum(node.availability == "active" for node in snapshot.nodes.values())
    if not replicas or replicas < most * nodes:
        return ""
    return (
        f"a rollout that is start-first would never end: it needs room for one task beyond {replicas} (replicas), and "
        f"there is room for {most * nodes} (max_replicas_per_node: {most}, active nodes: {nodes}); "
        "say `order: stop-first`, or allow more on a node"
    )


def _by_port(spec: Spec, snapshot: Snapshot) -> str:
    """Check host-mode ports. The old task holds its port until the new one runs, and the new one needs the port on
    another node. A global service's new task has no other node (SwarmKit, ``orchestrator/update/updater.go``)."""
    service = snapshot.services.get(str(spec.get("Name")))
    kept = published(spec, "host") & published(service.spec, "host") if service else set()
    if service is None or not kept:
        return ""
    suited = [node for node in snapshot.nodes.values() if _open(node, spec)]
    taken = {node.id for node in suited if _holds_any(kept, node, snapshot)}
    own = {node.id for node in suited if any(task.node_id == node.id for task in _alive(service, snapshot))}
    stuck = own if mode(spec) == "global" else taken if len(taken) == len(suited) else set()
    if not stuck:
        return ""
    port, protocol = min(kept)
    names = sorted(node.hostname or node.id for node in suited if node.id in stuck)
    named = ", ".join(names[:_NAMED]) + (" and more" if len(names) > _NAMED else "")
    other = "" if mode(spec) == "global" else ", or add a node"
    return (
        f"a rollout that is start-first would never end: port {port}/{protocol} of the host is taken on every node "
        f"that a new task could start on ({named}); say `order: stop-first`{other}"
    )


def _open(node: Node, spec: Spec) -> bool:
    return node.availability == "active" and suits(node, get(spec, ("TaskTemplate",)) or {})


def _holds_any(ports: set[tuple[int, str]], node: Node, snapshot: Snapshot) -> bool:
    """Say whether a task of any service has one of ``ports`` on the node."""
    holders = (service for service in snapshot.services.values() if ports & published(service.spec, "host"))
    return any(task.node_id == node.id for service in holders for task in _alive(service, snapshot))


def _alive(service: Service, snapshot: Snapshot) -> list[Task]:
    return [task for task in snapshot.tasks.get(service.id, ()) if task.state in ON_NODE]
