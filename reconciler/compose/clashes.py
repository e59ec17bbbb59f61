"""Clashes: published ports and subnets that several services or networks want and Swarm gives to one. Each is a
warning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_network

from reconciler.desired.model import Location, Network, Service, Stack
from reconciler.errors import Fault
from reconciler.records import dataclass

PORTS, SUBNETS = "ports", "networks.ipam.config.subnet"
"""Keys by which ``x-reconciler.accept`` names these warnings."""
_DEFAULT_DRIVERS = {"", "default"}


def clashes(stacks: Sequence[Stack]) -> Iterator[Fault]:
    """Yield a warning at the later one of two places."""
    yield from _ports([service for stack in stacks for service in stack.services])
    yield from _subnets(stacks)


@dataclass(frozen=True, slots=True)
class _Port:
    service: Service
    number: int
    protocol: str
    ingress: bool


def _ports(services: Sequence[Service]) -> Iterator[Fault]:
    """Yield clashes of ports. Host-mode ports may be published by several services, because they may run on
    different nodes. SwarmKit refuses all other pairs (``manager/controlapi``, ``checkPortConflicts``)."""
    first: dict[tuple[int, str, bool], Service] = {}
    told: set[tuple[str, str]] = set()
    for port in (port for service in sorted(services, key=lambda each: each.at) for port in _published(service)):
        others = [first.get((port.number, port.protocol, True))]
        others += [first.get((port.number, port.protocol, False))] if port.ingress else []
        for other in others:
            pair = (port.service.name, other.name) if other else ("", "")
            if other and other is not port.service and pair not in told:
                told.add(pair)
                if PORTS not in port.service.accepts | other.accepts:
                    yield _port_clash(port, other)
        first.setdefault((port.number, port.protocol, port.ingress), port.service)


def _published(service: Service) -> Iterator[_Port]:
    for port in service.spec["EndpointSpec"].get("Ports") or ():
        if port.get("PublishedPort"):
            yield _Port(service, port["PublishedPort"], port["Protocol"], port["PublishMode"] == "ingress")


def _port_clash(port: _Port, other: Service) -> Fault:
    message = f"port {port.number}/{port.protocol} is published by {other.name} too, at {other.at.brief}"
    return port.service.at.fault(message, "Swarm gives it to one of the two: publish another port here or there")


@dataclass(frozen=True, slots=True, order=True)
class _Subnet:
    version: int
    first: int
    negative_last: int
    """Negative last address: of two subnets with the same start, the larger comes first, followed by those inside
    it."""
    at: Location
    text: str
    network: str


def _subnets(stacks: Sequence[Stack]) -> Iterator[Fault]:
    around: _Subnet | None = None
    networks = (network for stack in stacks if SUBNETS not in stack.accepts for network in stack.networks)
    for subnet in sorted(subnet for network in networks for subnet in _subnets_of(network)):
        if around and around.version == subnet.version and subnet.first <= -around.negative_last:
            earlier, later = sorted((around, subnet), key=lambda each: each.at)
            message = f"subnet {later.text} overlaps {earlier.text} of {earlier.at.brief} (network {earlier.network})"
            yield later.at.fault(message, "Swarm gives addresses to one of the two: choose another subnet")
        else:
            around = subnet


def _subnets_of(network: Network) -> Iterator[_Subnet]:
    ipam = network.spec.get("IPAM") or {}
    if network.external or ipam.get("Driver", "") not in _DEFAULT_DRIVERS:
        return
    for pool in ipam.get("Config") or ():
        if pool.get("Subnet"):
            found = ip_network(pool["Subnet"], strict=False)
            first, last = int(found.network_address), int(found.broadcast_address)
            yield _Subnet(found.version, first, -last, network.at, pool["Subnet"], network.name)
