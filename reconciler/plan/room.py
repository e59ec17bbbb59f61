"""Whether a rollout that starts a new task first has a node to start it on."""

from __future__ import annotations

from reconciler.desired.model import Spec
from reconciler.observed.model import Snapshot
from reconciler.plan.canonical import get, mode


def lacks_room(spec: Spec, snapshot: Snapshot) -> str:
    """Why an update of a service to ``spec`` would never end, in words; empty where it may.

    SwarmKit (``scheduler/filter.go``, ``MaxReplicasFilter``) counts the old task too, which goes only once the new one
    runs. Nodes are counted whether they are up or not: what a node that comes back mends is no deadlock.
    """
    most = get(spec, ("TaskTemplate", "Placement", "MaxReplicas")) or 0
    if not most or mode(spec) != "replicated" or get(spec, ("UpdateConfig", "Order")) != "start-first":
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
