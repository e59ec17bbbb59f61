"""Why a task finds no node: the filters of SwarmKit's scheduler (``manager/scheduler/filter.go``), applied in their
order to the snapshot. The engine itself only says how many nodes failed which filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding, Hindrance
from reconciler.desired.model import Spec
from reconciler.observed.constraints import Constraint, constraints, of_platform
from reconciler.observed.model import ON_NODE, Node, Service, Snapshot, Task
from reconciler.observed.ports import published
from reconciler.observed.resources import in_words, resources
from reconciler.records import dataclass
from reconciler.verdict.addresses import attached, full

AVAILABILITY = {"drain": "drained", "pause": "paused"}
PLATFORM = "node.platform."
"""Prefix of the constraint keys that ask for a platform."""


def explain(task: Task, service: Service, snapshot: Snapshot) -> Finding | None:
    """Return why no node takes a task of the service; if the task has its own node (as in global services), why that
    node doesn't. None if the snapshot doesn't show it: then the engine's words are better."""
    nodes = [node for node in snapshot.nodes.values() if task.node_id in {"", node.id}]
    return _Search(service, snapshot, nodes).finding()


def unallocated(service: Service, snapshot: Snapshot) -> Finding | None:
    """Return which network of the service is full, or which published port another service has. The engine refuses a
    taken port, unless both services are made at the same time: then the tasks stay New for ever, without a message
    (engine 20.10)."""
    if network := full(service, snapshot):
        return Finding(Cause.NETWORK_FULL, Facts(object=f"network {network}"))
    mine = published(service.spec, "ingress")
    for other in snapshot.services.values() if mine else ():
        for port, protocol in sorted(mine & published(other.spec, "ingress")) if other.id != service.id else ():
            return Finding(Cause.PORT_TAKEN, Facts(port=f"{port}/{protocol}", by=(other.name,), condition="ingress"))
    return None


def looks_at_others(service: Service) -> bool:
    """Say whether the placement depends on what other services use: reserved resources, ports, and addresses."""
    ports = (service.spec.get("EndpointSpec") or {}).get("Ports")
    return bool(ports or attached(service.spec) or _reserved(service.spec.get("TaskTemplate") or {}))


def nowhere(service: Service, snapshot: Snapshot) -> Finding:
    """Return why a global service is meant for no node at all."""
    found = _Search(service, snapshot, list(snapshot.nodes.values())).finding()
    return found or Finding(Cause.NO_SUITABLE_NODE, Facts(count=len(snapshot.nodes)))


@dataclass(frozen=True)
class _Search:
    """Search for a node that takes a task of a service."""

    service: Service
    snapshot: Snapshot
    nodes: list[Node]

    @property
    def template(self) -> Spec:
        return self.service.spec.get("TaskTemplate") or {}

    def finding(self) -> Finding | None:
        open_ = [node for node in self.nodes if not _closed(node)]
        for constraint in constraints(self.template):
            if open_ and not any(constraint.met_by(node) for node in open_):
                return self._shut(constraint) or _unmet(constraint, len(open_))
        hindered: dict[Finding, list[str]] = {}
        for node in sorted(self.nodes, key=lambda node: node.hostname):
            why = next(self._hindrances(node), None)
            if not why:
                return None  # the scheduler would take it: it hasn't yet, or it knows more
            hindered.setdefault(why, []).append(node.hostname or node.id)
        if not hindered:
            return None
        hindrances = sorted(hindered.items(), key=_most_first)
        causes = {why.cause for why in hindered}
        cause = next(iter(causes)) if len(causes) == 1 else Cause.NO_SUITABLE_NODE
        return Finding(cause, Facts(hindrances=tuple(Hindrance(why, tuple(names)) for why, names in hindrances)))

    def _shut(self, constraint: Constraint) -> Finding | None:
        """Return why the nodes that meet every constraint take no task, if there are such nodes."""
        every = constraints(self.template)
        states: dict[str, list[str]] = {}
        for node in sorted(self.nodes, key=lambda node: node.hostname):
            if all(each.met_by(node) for each in every):
                states.setdefault(_closed(node), []).append(node.hostname or node.id)
        if not states or "" in states:
            return None
        lost = states.keys() - AVAILABILITY.values()
        return Finding(
            Cause.NODE_LOST if lost else Cause.NODE_UNAVAILABLE,
            Facts(amount=str(constraint), hindrances=tuple(_closed_nodes(*each) for each in states.items())),
        )

    def _hindrances(self, node: Node) -> Iterator[Finding]:
        """Return what keeps the task off the node, in the order of the scheduler's filters. Only the first is
        reported."""
        filters: tuple[Callable[[Node], Iterable[Finding]], ...] = (
            _unavailable,
            self._resources,
            self._plugins,
            self._constraints,
            self._platform,
            self._ports,
            self._replicas,
        )
        for each in filters:
            yield from each(node)

    def _constraints(self, node: Node) -> Iterator[Finding]:
        for each in constraints(self.template):
            if not each.met_by(node):
                yield Finding(Cause.CONSTRAINT_UNMET, Facts(amount=str(each)))

    def _resources(self, node: Node) -> Iterator[Finding]:
        for kind, wanted in _reserved(self.template).items():
            taken = sum(_reserved(task.spec).get(kind, 0) for task in self._on(node))
            if wanted > node.resources.get(kind, 0) - taken:
                yield Finding(Cause.INSUFFICIENT_RESOURCES, Facts(amount=in_words(kind, wanted)))

    def _plugins(self, node: Node) -> Iterator[Finding]:
        for kind, name in self._drivers():
            known = {plugin for of_kind, plugin in node.plugins if of_kind == kind}
            if known and not known & {name, f"{name}:latest"}:
                yield Finding(Cause.DRIVER_MISSING, Facts(condition=kind.lower(), amount=name))

    def _drivers(self) -> Iterator[tuple[str, str]]:
        for mount in (self.template.get("ContainerSpec") or {}).get("Mounts") or []:
            driver = ((mount.get("VolumeOptions") or {}).get("DriverConfig") or {}).get("Name", "")
            if mount.get("Type") == "volume" and driver not in {"", "local"}:
                yield "Volume", driver
        log = (self.template.get("LogDriver") or {}).get("Name", "")
        if log not in {"", "none"}:
            yield "Log", log

    def _platform(self, node: Node) -> Iterator[Finding]:
        if not of_platform(node, (self.template.get("Placement") or {}).get("Platforms") or []):
            yield Finding(Cause.PLATFORM_UNSUPPORTED, Facts(amount=f"{node.os} {node.arch}".rstrip()))

    def _ports(self, node: Node) -> Iterator[Finding]:
        mine = published(self.service.spec, "host")
        for task in self._on(node) if mine else ():
            other = self._services.get(task.service_id, self.service)
            for port, protocol in sorted(mine & published(other.spec, "host")):
                yield Finding(Cause.PORT_TAKEN, Facts(port=f"{port}/{protocol}", by=(other.name,)))

    def _replicas(self, node: Node) -> Iterator[Finding]:
        most = (self.template.get("Placement") or {}).get("MaxReplicas") or 0
        if most and len([task for task in self._on(node) if task.service_id == self.service.id]) >= most:
            yield Finding(Cause.REPLICAS_PER_NODE, Facts(count=most))

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.id: service for service in self.snapshot.services.values()}

    def _on(self, node: Node) -> list[Task]:
        """Return the tasks that use resources of the node."""
        return self._by_node.get(node.id, [])

    @cached_property
    def _by_node(self) -> dict[str, list[Task]]:
        found: dict[str, list[Task]] = {}
        for tasks in self.snapshot.tasks.values():
            for task in tasks:
                if task.node_id and task.state in ON_NODE:
                    found.setdefault(task.node_id, []).append(task)
        return found


def _closed(node: Node) -> str:
    """Return why the node takes no new task at all; empty if it does."""
    if node.state != "ready":
        return node.state
    return AVAILABILITY.get(node.availability, "")


def _most_first(hindered: tuple[Finding, list[str]]) -> tuple[int, Cause, str, str, str]:
    found, nodes = hindered
    facts = found.facts
    return -len(nodes), found.cause, facts.state, facts.amount, facts.port


def _unavailable(node: Node) -> Iterator[Finding]:
    if state := _closed(node):
        yield Finding(Cause.NODE_UNAVAILABLE, Facts(state=state))


def _closed_nodes(state: str, names: list[str]) -> Hindrance:
    return Hindrance(Finding(Cause.NODE_UNAVAILABLE, Facts(state=state)), tuple(names))


def _unmet(constraint: Constraint, nodes: int) -> Finding:
    facts = Facts(amount=str(constraint), condition=constraint.words, equal=constraint.equal, count=nodes)
    by_platform = constraint.key.lower().startswith(PLATFORM)
    return Finding(Cause.PLATFORM_UNSUPPORTED if by_platform else Cause.CONSTRAINT_UNMET, facts)


def _reserved(template: Spec) -> dict[str, int]:
    return resources((template.get("Resources") or {}).get("Reservations") or {})
