"""Why a task finds no node, in words: the filters of SwarmKit's scheduler (``manager/scheduler/filter.go``), in their
order, over the snapshot. The engine itself says no more than how many nodes failed which filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from reconciler.desired.model import Spec
from reconciler.observed.constraints import Constraint, constraints, of_platform
from reconciler.observed.model import ON_NODE, Node, Service, Snapshot, Task
from reconciler.observed.ports import published
from reconciler.observed.resources import in_words, resources

NAMED = 3
"""So many nodes are named of those that something is said about."""
AVAILABILITY = {"drain": "drained", "pause": "paused"}


def explain(task: Task, service: Service, snapshot: Snapshot) -> str:
    """Why no node takes a task of the service, or its own node doesn't where it has one (as for global services).
    Empty where the snapshot doesn't tell: then the engine's words are better."""
    nodes = [node for node in snapshot.nodes.values() if task.node_id in {"", node.id}]
    return _Search(service, snapshot, nodes).words()


def unallocated(service: Service, snapshot: Snapshot) -> str:
    """Which published port of the service another one has, in words; empty for none. The engine refuses such a service,
    save one that is made at the same time as the other: its tasks stay New for ever, without a word (engine 20.10)."""
    mine = published(service.spec, "ingress")
    if not mine:
        return ""
    for other in snapshot.services.values():
        for port, protocol in sorted(mine & published(other.spec, "ingress")) if other.id != service.id else ():
            return f"port {port}/{protocol} is published by {other.name} already"
    return ""


def looks_at_others(service: Service) -> bool:
    """Whether the words on it depend on what other services take up: room that is reserved, and ports."""
    ports = (service.spec.get("EndpointSpec") or {}).get("Ports")
    return bool(ports or _reserved(service.spec.get("TaskTemplate") or {}))


def nowhere(service: Service, snapshot: Snapshot) -> str:
    """Why a global service is meant for no node at all."""
    words = _Search(service, snapshot, list(snapshot.nodes.values())).words()
    return words or f"no node is eligible; {_considered(len(snapshot.nodes))}"


@dataclass(frozen=True)
class _Search:
    """For a node for a task of a service."""

    service: Service
    snapshot: Snapshot
    nodes: list[Node]

    @property
    def template(self) -> Spec:
        return self.service.spec.get("TaskTemplate") or {}

    def words(self) -> str:
        open_ = [node for node in self.nodes if not _closed(node)]
        for constraint in constraints(self.template):
            if open_ and not any(constraint.met_by(node) for node in open_):
                return _unmet(constraint, len(open_))
        hindered: dict[str, list[str]] = {}
        for node in sorted(self.nodes, key=lambda node: node.hostname):
            why = next(self._hindrances(node), "")
            if not why:
                return ""  # the scheduler would take it: it just hasn't yet, or knows what we don't
            hindered.setdefault(why, []).append(node.hostname or node.id)
        reasons = "; ".join(f"{why} ({_names(names)})" for why, names in _most_first(hindered))
        return f"no suitable node: {reasons}" if reasons else ""

    def _hindrances(self, node: Node) -> Iterator[str]:
        """What stands in the way, in the order of the scheduler's filters: the first one is told."""
        filters: tuple[Callable[[Node], Iterable[str]], ...] = (
            lambda node: filter(None, [_closed(node)]),
            self._resources,
            self._plugins,
            lambda node: (f"{each} isn't met" for each in constraints(self.template) if not each.met_by(node)),
            self._platform,
            self._ports,
            self._replicas,
        )
        for each in filters:
            yield from each(node)

    def _resources(self, node: Node) -> Iterator[str]:
        for kind, wanted in _reserved(self.template).items():
            taken = sum(_reserved(task.spec).get(kind, 0) for task in self._on(node))
            if wanted > node.resources.get(kind, 0) - taken:
                yield f"fewer than {in_words(kind, wanted)} left unreserved"

    def _plugins(self, node: Node) -> Iterator[str]:
        for kind, name in self._drivers():
            known = {plugin for of_kind, plugin in node.plugins if of_kind == kind}
            if known and not known & {name, f"{name}:latest"}:
                yield f"no {kind.lower()} driver {name}"

    def _drivers(self) -> Iterator[tuple[str, str]]:
        for mount in (self.template.get("ContainerSpec") or {}).get("Mounts") or []:
            driver = ((mount.get("VolumeOptions") or {}).get("DriverConfig") or {}).get("Name", "")
            if mount.get("Type") == "volume" and driver not in {"", "local"}:
                yield "Volume", driver
        log = (self.template.get("LogDriver") or {}).get("Name", "")
        if log not in {"", "none"}:
            yield "Log", log

    def _platform(self, node: Node) -> Iterator[str]:
        if not of_platform(node, (self.template.get("Placement") or {}).get("Platforms") or []):
            yield f"the image isn't made for {node.os} {node.arch}".rstrip()

    def _ports(self, node: Node) -> Iterator[str]:
        mine = published(self.service.spec, "host")
        for task in self._on(node) if mine else ():
            other = self._services.get(task.service_id, self.service)
            for port, protocol in sorted(mine & published(other.spec, "host")):
                yield f"port {port}/{protocol} is taken by {other.name}"

    def _replicas(self, node: Node) -> Iterator[str]:
        most = (self.template.get("Placement") or {}).get("MaxReplicas") or 0
        if most and len([task for task in self._on(node) if task.service_id == self.service.id]) >= most:
            yield f"max_replicas_per_node ({most}) is reached"

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.id: service for service in self.snapshot.services.values()}

    def _on(self, node: Node) -> list[Task]:
        """What takes up room there."""
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
    """Why a node takes no new task of anybody; empty where it does."""
    if node.state != "ready":
        return node.state
    return AVAILABILITY.get(node.availability, "")


def _unmet(constraint: Constraint, nodes: int) -> str:
    considered = _considered(nodes)
    if constraint.equal:
        return f"no node {constraint.words}; {considered}"
    return f"every node {constraint.words}, which {constraint} rules out; {considered}"


def _considered(count: int) -> str:
    return f"{count} node{'' if count == 1 else 's'} considered"


def _reserved(template: Spec) -> dict[str, int]:
    return resources((template.get("Resources") or {}).get("Reservations") or {})


def _most_first(hindered: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    return sorted(hindered.items(), key=lambda item: (-len(item[1]), item[0]))


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"
