"""The one-shot Snapshot: one list call per kind, names in place of ids, and the memory of what was seen running."""

from __future__ import annotations

import json
import operator
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.desired.model import PREDEFINED
from reconciler.errors import Fault, NotFound
from reconciler.observed.model import Engine, Network, Node, Service, Snapshot, Task, TaskState
from reconciler.swarm import decode
from reconciler.swarm.ended_tasks import Ends
from reconciler.swarm.engine_time import EngineTime
from reconciler.swarm.list_cache import GARBLED, Kept, Lists
from reconciler.swarm.out_of_memory import Killed
from reconciler.swarm.own_container import own_container
from reconciler.swarm.transport import LOOK_TIMEOUT, Call, Transport, again

KINDS = ("services", "tasks", "nodes", "networks", "configs", "secrets", "volumes")
"""Kinds in the order in which they are listed: whatever a service refers to existed before it."""
FILTERS = {"tasks": {"filters": json.dumps({"runtime": ["container", "plugin", "attachment"]})}}
"""Includes the tasks of containers that are attached to Swarm networks, which a plain list leaves out."""
CONTAINERS = Call(
    "GET",
    "/containers/json",
    "list the containers",
    {"filters": json.dumps({"label": [decode.TASK], "status": ["running"]})},
)


class Observer:
    """Takes Snapshots of one Swarm. It remembers the engine, names of networks by id, since when tasks run, and which
    service this process runs as.

    Can be used from several threads: a call that nobody waits for any more has to end before the next begins.

    The lists come one after another, services first: whatever a service refers to existed before it, so the later
    lists know its name.
    """

    def __init__(self, transport: Transport, clock: Callable[[], float]) -> None:
        self._transport = transport
        self._clock = clock
        self._engine: Engine | None = None
        self._bridge: float | None = None
        """When the engine made its own network, by its clock: that is when it started."""
        self._lists = Lists(
            lambda kind: transport.body(
                Call("GET", f"/{kind}", f"list the {kind}", FILTERS.get(kind, {}), timeout=LOOK_TIMEOUT)
            )
        )
        self._times = EngineTime()
        transport.dated = self._times.hear
        self._services = Kept(lambda raw, names: self._times.service(decode.service(raw, names)))
        self._tasks = Kept(lambda raw, names: self._times.task(decode.task(raw, names)))
        self._configs = Kept(lambda raw, _: decode.config(raw))
        self._secrets = Kept(lambda raw, _: decode.secret(raw))
        self._nodes = Kept(lambda raw, _: self._times.node(decode.node(raw)))
        self._network_names: dict[str, str] = {}
        self._seen: dict[str, float] = {}
        self._ends = Ends()
        self._killed = Killed(transport)
        self._own_container = own_container()
        self._own_service = ""
        self._watching_since: float | None = None
        self._last: Snapshot | None = None
        self._listed: Mapping[str, Any] = {}
        self._turn = threading.Lock()

    def observe(self) -> Snapshot:
        """Return the Swarm now. What hasn't changed since the last time is the same object.

        Raises ``EngineUnavailable``, also as ``NotASwarm``.
        """
        with self._turn:
            try:
                return self._observe()
            except GARBLED as error:  # a malformed list; a single malformed object is left out
                raise self._transport.no_json("observe the Swarm") from error

    def _observe(self) -> Snapshot:
        at = self._clock()
        self._times.look(at)
        lists = {kind: self._list(kind) for kind in KINDS}
        attached = decode.attached(self._transport.json(CONTAINERS) or ())
        if self._last is None or not all(lists[kind] is self._listed.get(kind) for kind in KINDS):
            self._last, self._listed = self._snapshot(at, lists), lists
        found = replace(self._last, at=at, attached=attached)
        self._times.looked(found)
        return found

    def _snapshot(self, at: float, lists: Mapping[str, Any]) -> Snapshot:
        """Return what the lists say, except which containers are attached to what."""
        services, tasks, networks = lists["services"], lists["tasks"], lists["networks"]
        nodes = self._nodes.of(lists["nodes"], decode.Names())
        configs = self._configs.of(lists["configs"], decode.Names())
        secrets = self._secrets.of(lists["secrets"], decode.Names())
        volumes = (lists["volumes"] or {}).get("Volumes") or ()
        names = decode.Names(
            self._names_of_networks(networks, services, tasks),
            {config.id: config.name for config in configs.values()},
            {secret.id: secret.name for secret in secrets.values()},
        )
        engine = self._engine_now(nodes, networks)
        by_service = self._newest_first(self._tasks.of(tasks, names), nodes, at)
        self._note_running(at, by_service, nodes)
        by_id = self._services.of(services, names)
        return Snapshot(
            at=at,
            unreadable=self._unreadable(),
            engine=engine,
            services={service.name: service for service in by_id.values()},
            tasks=by_service,
            nodes=nodes,
            networks=_swarm_networks(networks),
            local_networks={raw["Name"]: raw.get("Driver") or "" for raw in networks if _is_local(raw)},
            volumes={volume.name: volume for volume in map(decode.volume, volumes)},
            configs={config.name: config for config in configs.values()},
            secrets={secret.name: secret for secret in secrets.values()},
            seen=dict(self._seen),
            out_of_memory=self._killed.by_memory(by_service, engine.node_id),
            watching_since=at if self._watching_since is None else self._watching_since,
            ourselves=self._ourselves(by_id, by_service),
        )

    def _unreadable(self) -> tuple[Fault, ...]:
        """Return one warning for each kind, about its first unreadable object."""
        unread = {
            "service": self._services.unread,
            "task": self._tasks.unread,
            "config": self._configs.unread,
            "secret": self._secrets.unread,
            "node": self._nodes.unread,
        }
        hint = "it is left alone. Check proxies between reconciler and the engine"
        return tuple(
            Fault("engine", 0, 0, f"{kind} {said[0]}" + (f", and {len(said) - 1} more" if said[1:] else ""), hint)
            for kind, said in unread.items()
            if said
        )

    def service(self, id_: str) -> Service:
        """Return one service, as it is now. Raises an ``EngineError``."""
        raw = self._transport.json(Call("GET", f"/services/{id_}", f"read the service {id_}", timeout=LOOK_TIMEOUT))
        return decode.service(raw, decode.Names(self._names_of_networks((), (raw,))))

    def _ourselves(self, services: Mapping[str, Service], tasks: Mapping[str, Iterable[Task]]) -> str:
        """Return the service that we run as, by our container's id: Swarm notes it before it starts a container, on any
        node."""
        if self._own_container and not self._own_service:
            every = (task for of_one in tasks.values() for task in of_one)
            self._own_service = next((t.service_id for t in every if t.container_id == self._own_container), "")
        found = services.get(self._own_service)
        return found.name if found else ""

    def _list(self, kind: str) -> Any:
        return again(self._list_once, kind)

    def _list_once(self, kind: str) -> Any:
        try:
            return self._lists.of(kind)
        except GARBLED as error:
            raise self._transport.no_json(f"list the {kind}") from error

    def _engine_now(self, nodes: Mapping[str, Any], networks: Iterable[decode.Raw]) -> Engine:
        """Return the engine. It is asked again only after it restarted or joined another Swarm: ``/info`` is a slow
        call."""
        bridge = next((decode.epoch(raw["Created"]) for raw in networks if raw["Name"] == "bridge"), None)
        known = self._engine
        if known is None or known.node_id not in nodes or self._bridge != bridge:
            doing = "ask the engine who it is"
            info = self._transport.json(Call("GET", "/info", doing))
            api_version = self._transport.api_version(doing)
            started_at = None if bridge is None or self._times.is_to_come(bridge) else self._times.ours(bridge)
            self._engine = known = Engine(info["Swarm"]["NodeID"], info["ServerVersion"], api_version, started_at)
            self._bridge = bridge
            self._seen.clear()
        return known

    def _names_of_networks(self, networks: Iterable[decode.Raw], *users: Iterable[decode.Raw]) -> Mapping[str, str]:
        """Return names by id. No list has the ids of Swarm's twins of ``host`` and the like, so those are asked for."""
        names = self._network_names
        names.update((raw["Id"], raw["Name"]) for raw in networks)
        unknown = {target for raws in users for raw in raws for target in _targets(raw)} - names.keys()
        for target in unknown:
            call = Call(
                "GET", f"/networks/{target}", f"look up the network {target}", {"scope": "swarm"}, timeout=LOOK_TIMEOUT
            )
            try:
                names[target] = self._transport.json(call)["Name"]
            except NotFound:
                continue
        return dict(names)

    def _newest_first(
        self, tasks: Mapping[str, Task], nodes: Mapping[str, Node], at: float
    ) -> Mapping[str, tuple[Task, ...]]:
        """Return tasks by service, including those that ended and aren't listed any more. If no task of a service
        changed, the tuple is the same object as last time."""
        by_service: defaultdict[str, list[Task]] = defaultdict(list)
        for task in tasks.values():
            by_service[task.service_id].append(task)
        last = self._last.tasks if self._last else {}
        for service, found in by_service.items():
            found.extend(self._ends.remembered(last.get(service, ()), found, nodes, at))
        self._ends.forget(task for found in by_service.values() for task in found)
        return {service: _ordered(found, last.get(service, ())) for service, found in by_service.items()}

    def _note_running(self, at: float, tasks: Mapping[str, Iterable[Task]], nodes: Mapping[str, Node]) -> None:
        if self._watching_since is None:
            self._watching_since = at
        self._seen = seen_running(self._seen, at, tasks, nodes)


def seen_running(
    before: Mapping[str, float], at: float, tasks: Mapping[str, Iterable[Task]], nodes: Mapping[str, Node]
) -> dict[str, float]:
    """Return since when each task was seen Running without a break. Nobody knows about tasks of a lost node; when it
    comes back, what it says of them may be old, so their age starts again. A node whose state is unknown isn't lost:
    all nodes are unknown for a moment when the Swarm gets another leader."""
    heard = {node.id for node in nodes.values() if node.state in {"ready", "unknown"}}
    every = (task for of_one in tasks.values() for task in of_one)
    running = {task.id for task in every if task.state is TaskState.RUNNING and task.node_id in heard}
    return {task: before.get(task, at) for task in running}


def _targets(raw: decode.Raw) -> Iterable[str]:
    """Yield the network ids that a service, its previous spec, or a task refers to."""
    for spec in (raw.get("Spec", {}), raw.get("PreviousSpec", {})):
        for holder in (spec, spec.get("TaskTemplate", {})):
            for attachment in holder.get("Networks") or ():
                yield attachment["Target"]


def _ordered(tasks: list[Task], last: tuple[Task, ...]) -> tuple[Task, ...]:
    tasks.sort(key=lambda task: task.created_at, reverse=True)
    return last if len(tasks) == len(last) and all(map(operator.is_, tasks, last)) else tuple(tasks)


def _is_local(raw: decode.Raw) -> bool:
    return raw["Scope"] == "local" and raw["Name"] not in PREDEFINED


def _swarm_networks(networks: Iterable[decode.Raw]) -> dict[str, Network]:
    """Return Swarm's own and the predefined networks: a local network of the same name is another one. One that is
    leaving yields to a new one of its name on another manager."""
    decoded = [decode.network(raw) for raw in networks if raw["Scope"] == "swarm" or raw["Name"] in PREDEFINED]
    return {network.name: network for network in sorted(decoded, key=lambda network: not network.leaving)}
