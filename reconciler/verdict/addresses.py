"""Networks of a service that have no address left. Swarm leaves tasks that get no address in state New, without a
message."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from reconciler.desired.model import Spec
from reconciler.observed.model import ON_NODE, Network, Service, Snapshot

RESERVED = 3
"""Addresses of a subnet that no task gets: the first, the last, and the gateway's."""


def attached(spec: Spec) -> list[str]:
    """Return the networks of a service, wherever its API version keeps them."""
    found = (spec.get("TaskTemplate") or {}).get("Networks") or spec.get("Networks") or []
    return [str(each.get("Target")) for each in found]


def full(service: Service, snapshot: Snapshot) -> str:
    """Return the service's network whose addresses are all taken, as far as the snapshot shows; empty for none."""
    names = (name for name in attached(service.spec) if name in snapshot.networks)
    return next((name for name in names if _is_full(snapshot.networks[name], snapshot)), "")


def _is_full(network: Network, snapshot: Snapshot) -> bool:
    size = _size(network.spec)
    return bool(size) and _taken(network.name, snapshot) >= size - RESERVED


def _size(spec: Spec) -> int:
    """Return how many IPv4 addresses the network has; 0 if that isn't known."""
    pools: list[dict[str, Any]] = (spec.get("IPAM") or {}).get("Config") or []
    try:
        subnets = [ip_network(str(pool.get("Subnet")), strict=False) for pool in pools]
    except ValueError:
        return 0
    return sum(subnet.num_addresses for subnet in subnets if subnet.version == 4)


def _taken(name: str, snapshot: Snapshot) -> int:
    """Count the addresses of tasks, of the load balancer of each node that has such a task, and of services."""
    tasks, nodes, services = 0, set(), 0
    for service in snapshot.services.values():
        if name not in attached(service.spec):
            continue
        services += (service.spec.get("EndpointSpec") or {}).get("Mode") != "dnsrr"
        for task in snapshot.tasks.get(service.id, ()):
            if task.state in ON_NODE:
                tasks += 1
                nodes.add(task.node_id)
    return tasks + len(nodes) + services
