"""Which nodes a global service is meant to run on."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.observed.model import Node, Service, Snapshot


def eligible(service: Service, snapshot: Snapshot) -> frozenset[str]:
    """Ids of the nodes that are ready, active, and satisfy the service's constraints (SwarmKit, ``constraint``)."""
    placement = (service.spec.get("TaskTemplate") or {}).get("Placement") or {}
    constraints = placement.get("Constraints") or []
    return frozenset(
        node.id
        for node in snapshot.nodes.values()
        if node.state == "ready" and node.availability == "active" and satisfies(node, constraints)
    )


def satisfies(node: Node, constraints: Iterable[str]) -> bool:
    """Whether a node meets every constraint; keys and values are compared without regard to case, as SwarmKit does."""
    return all(_meets(node, constraint) for constraint in constraints)


def _meets(node: Node, constraint: str) -> bool:
    for operator in ("==", "!="):
        key, found, value = constraint.partition(operator)
        if found:
            equal = _value(node, key.strip()).lower() == value.strip().lower()
            return equal if operator == "==" else not equal
    return True


def _value(node: Node, key: str) -> str:
    kind = key.lower()
    if kind.startswith("node.labels."):
        return node.labels.get(key[len("node.labels.") :], "")
    if kind.startswith("engine.labels."):
        return node.engine_labels.get(key[len("engine.labels.") :], "")
    known = {
        "node.id": node.id,
        "node.hostname": node.hostname,
        "node.role": node.role,
        "node.platform.os": node.os,
        "node.platform.arch": node.arch,
    }
    return known.get(kind, "")
