"""Published ports: a service gives a port up before another one gets it. A port that can't be given up is held.

Swarm refuses a port that any other service publishes by ingress, and an ingress port that another one publishes in host
mode (SwarmKit, ``controlapi/service.go``, ``checkPortConflicts``). Two services may have the same host-mode port: their
tasks wait for each other's nodes. That never ends if both roll start-first and swap ports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

from reconciler.causes.cause import Cause
from reconciler.desired.model import Spec
from reconciler.observed.model import Service as ObservedService
from reconciler.observed.model import Snapshot
from reconciler.plan.draft import Part
from reconciler.plan.model import Action, Change, Key, Kind, Verb
from reconciler.plan.ownership import owner_of
from reconciler.spec.beside import port_key
from reconciler.spec.paths import get

Port = tuple[str, int]
"""Protocol and published number."""
HOST, INGRESS = "host", "ingress"


def published(spec: Spec | None) -> dict[Port, str]:
    """Return the published ports of a service, and how each is published: ``ingress`` or ``host``."""
    ports = get(spec or {}, ("EndpointSpec", "Ports")) or []
    return {_port(port): port.get("PublishMode") or INGRESS for port in ports if port.get("PublishedPort")}


def order_ports(services: Part, removals: Part, snapshot: Snapshot) -> None:
    """Order services that get ports after services that give them up. If services swap ports, one gives its ports up
    first, and gets the new ones in a later pass. A service that can't get a port is held, with the service that has
    it."""
    while taken := next(_taken(services, removals, snapshot), None):
        action, why = taken
        services.actions.remove(action)
        services.hold(action.key, Cause.PORT_TAKEN, why, changes=action.changes, blocks=True)
    waits = _Waits.of(services, removals, snapshot)
    while cycle := waits.cycle():
        name = next((each for each in sorted(cycle) if each != snapshot.ourselves), cycle[0])
        given_up = waits.wanted_from(name)
        services.actions[:] = [
            _step(action, given_up) if action.name == name else action for action in services.actions
        ]
        waits.on[name].clear()
    for index, action in enumerate(services.actions):
        if others := waits.on.get(action.name):
            after = frozenset(Key(Kind.SERVICE, other) for other in others)
            services.actions[index] = replace(action, after=action.after | after)


@dataclass
class _Waits:
    """Waits for ports. ``on`` maps each service that gets ports to the services that give them up, and to which
    ports."""

    on: defaultdict[str, dict[str, set[Port]]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, services: Part, removals: Part, snapshot: Snapshot) -> _Waits:
        waits = cls()
        leaving = _leaving(services, removals)
        for action, port, holder in _gains(services, snapshot):
            if holder.name in leaving and port not in leaving[holder.name]:
                waits.on[action.name].setdefault(holder.name, set()).add(port)
        return waits

    def cycle(self) -> list[str]:
        graph = {name: [each for each in others if each in self.on] for name, others in self.on.items()}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return list(dict.fromkeys(error.args[1]))
        return []

    def wanted_from(self, name: str) -> set[Port]:
        return {port for others in self.on.values() for port in others.get(name, ())}


def _leaving(services: Part, removals: Part) -> dict[str, Mapping[Port, str]]:
    """Return what each service publishes once its action of this plan is done."""
    actions = [*services.actions, *(action for action in removals.actions if action.kind is Kind.SERVICE)]
    return {action.name: published(action.spec) for action in actions}


def _gains(services: Part, snapshot: Snapshot) -> Iterator[tuple[Action, Port, ObservedService]]:
    """Return each port that an action adds to its service, with every other service that blocks it."""
    holders: defaultdict[Port, list[tuple[ObservedService, str]]] = defaultdict(list)
    for service in snapshot.services.values():
        for port, how in published(service.spec).items():
            holders[port].append((service, how))
    for action in services.actions:
        own = published(action.observed.spec) if isinstance(action.observed, ObservedService) else {}
        for port, how in published(action.spec).items():
            for holder, theirs in holders[port]:
                if own.get(port) != how and holder.name != action.name and _conflict(action, how, theirs):
                    yield action, port, holder


def _conflict(action: Action, how: str, theirs: str) -> bool:
    starts_first = get(action.spec or {}, ("UpdateConfig", "Order")) == "start-first"
    return INGRESS in {how, theirs} or (action.verb is Verb.UPDATE and starts_first)


def _taken(services: Part, removals: Part, snapshot: Snapshot) -> Iterator[tuple[Action, str]]:
    """Return the actions whose port another service keeps, and why they can't have it."""
    leaving = _leaving(services, removals)
    for action, port, holder in _gains(services, snapshot):
        keeps = holder.name not in leaving or port in leaving[holder.name]
        hosts = {published(action.spec)[port], published(holder.spec)[port]} == {HOST}
        if keeps and not hosts:
            yield action, _in_use(port, holder, removals)
    claims: dict[Port, Action] = {}
    for action in services.actions:
        for port, how in published(action.spec).items():
            first = claims.setdefault(port, action)
            own = published(action.observed.spec) if isinstance(action.observed, ObservedService) else {}
            if first is not action and port not in own and INGRESS in {how, published(first.spec)[port]}:
                yield action, f"port {port[1]} is published by {first.name} too: one of them needs another port"


def _in_use(port: Port, holder: ObservedService, removals: Part) -> str:
    protocol, number = port
    key = Key(Kind.SERVICE, holder.name)
    hold = removals.holds.get(key)
    whose = "" if owner_of(key, holder.spec) else ", which isn't ours"
    hint = f" ({hold.words})" if hold else ": publish another port, or free it there"
    return f"port {number}/{protocol} is already in use by service {holder.name}{whose}{hint}"


def _step(action: Action, ports: set[Port]) -> Action:
    """Return the update that only gives ``ports`` up."""
    assert isinstance(action.observed, ObservedService)  # only a service that exists has a port to give up
    spec = action.observed.spec
    endpoint = spec["EndpointSpec"]
    gone = [port for port in endpoint["Ports"] if port.get("PublishedPort") and _port(port) in ports]
    kept = [port for port in endpoint["Ports"] if port not in gone]
    numbers = ", ".join(str(number) for _, number in sorted(ports))
    return replace(
        action,
        verb=Verb.UPDATE,
        reason=f"gives port {numbers} up first: services swap ports, and a later step gives it the new ones",
        restarts_tasks=True,
        changes=tuple(Change(f"ports.{port_key(port)}", port.get("PublishMode") or INGRESS, None) for port in gone),
        spec={**spec, "EndpointSpec": {**endpoint, "Ports": kept}},
        after=frozenset(),
        depends_on=(),
    )


def _port(port: Mapping[str, object]) -> Port:
    return str(port.get("Protocol") or "tcp"), int(str(port["PublishedPort"]))
