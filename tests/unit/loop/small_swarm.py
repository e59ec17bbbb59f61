"""A Swarm of one node in memory, for passes that need no engine: versions, names and refusals as engines have them.

Tasks run at once. What only a real Swarm shows (rollouts, health, placement) is tested in ``tests/swarm``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.desired.model import Probe, Spec
from reconciler.errors import Conflict, EngineError, NotFound, OutOfSequence
from reconciler.loop.swarm_calls import Check, Fence
from reconciler.observed import model as observed
from reconciler.observed.model import Config, Engine, Node, Snapshot, Task, TaskState
from reconciler.triggers.engine import Event

NODE = Node("node1", "host1", "ready", "active", "manager")
Thing = observed.Service | observed.Network | observed.Config | observed.Secret


@dataclass
class Clock:
    """Seconds that only the test moves."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Tried:
    """A probe that passes."""

    passed: bool | None = True
    words: str = ""


@dataclass
class State:
    """What all connections to one Swarm share."""

    clock: Clock
    things: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {kind: {} for kind in ("service", "network", "config", "secret", "volume")}
    )
    tasks: dict[str, tuple[Task, ...]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    refusals: dict[str, EngineError] = field(default_factory=dict)
    """By call, ``create service app_web``: what the engine answers."""
    before: Callable[[str], None] = lambda _: None
    """Called with each call before it is made: somebody else may be faster."""
    gone: EngineError | None = None
    """Why the engine can't be asked at all."""
    ids: int = 0


class SmallSwarm:
    """One connection; ``fenced`` gives another to the same state."""

    host = "unix:///small"

    def __init__(self, clock: Clock) -> None:
        self.state = State(clock)
        self._fence: Fence = lambda _: None

    @property
    def written(self) -> list[str]:
        """Every write but those of the lease and the history, in order."""
        return [call for call in self.state.calls if not call.endswith(("-lease", "-history-0"))]

    def names(self, kind: str) -> list[str]:
        """Names of what there is of a kind, our own notes aside."""
        return sorted(name for name in self.state.things[kind] if not name.startswith("reconciler-"))

    def change(self, name: str, **container: Any) -> None:
        """Change a service by hand."""
        found = self.state.things["service"][name]
        spec = deepcopy(found.spec)
        spec["TaskTemplate"]["ContainerSpec"].update(container)
        self._put("service", replace(found, spec=spec, version=found.version + 1))

    def set_tasks(self, name: str, state: TaskState, **more: Any) -> None:
        """Bring every task of a service into a state."""
        found = self.state.things["service"][name]
        self.state.tasks[found.id] = tuple(
            replace(task, state=state, **more) for task in self.state.tasks.get(found.id, ())
        )

    def fenced(self, fence: Fence) -> SmallSwarm:
        other = copy(self)
        other._fence = fence
        return other

    def observe(self) -> Snapshot:
        self._look("observe")
        things, now = self.state.things, self.state.clock()
        return Snapshot(
            at=now,
            engine=Engine(NODE.id, "20.10.24", "1.41", started_at=0.0),
            nodes={NODE.id: NODE},
            services=dict(things["service"]),
            networks=dict(things["network"]),
            configs=dict(things["config"]),
            secrets=dict(things["secret"]),
            tasks=dict(self.state.tasks),
            seen={task.id: task.status_at for tasks in self.state.tasks.values() for task in tasks},
        )

    def confirm(self, found: Thing) -> None:
        kind = type(found).__name__.lower()
        self._look(f"confirm {kind} {found.name}")
        now = self.state.things[kind].get(found.name)
        if now is None or now.id != found.id:
            raise NotFound("gone")
        if now != found:
            raise OutOfSequence("it has changed")

    def create_network(self, spec: Spec) -> str:
        raw = {"Labels": {}, **spec}
        return self._create("network", lambda id_: observed.Network(id_, spec["Name"], raw, self.state.clock()))

    def remove_network(self, identity: str) -> None:
        self._remove("network", identity)

    def create_config(self, spec: Spec, data: bytes) -> str:
        return self._create("config", lambda id_: Config(id_, spec["Name"], 1, spec, data))

    def label_config(self, config: Config, labels: Mapping[str, str]) -> None:
        self._label("config", config, labels)

    def remove_config(self, identity: str) -> None:
        self._remove("config", identity)

    def create_secret(self, spec: Spec, data: bytes) -> str:
        return self._create("secret", lambda id_: observed.Secret(id_, spec["Name"], 1, spec))

    def label_secret(self, secret: observed.Secret, labels: Mapping[str, str]) -> None:
        self._label("secret", secret, labels)

    def remove_secret(self, identity: str) -> None:
        self._remove("secret", identity)

    def create_service(self, spec: Spec) -> str:
        now = self.state.clock()
        id_ = self._create("service", lambda id_: observed.Service(id_, spec["Name"], 1, deepcopy(spec), now, now))
        self._run(id_, spec)
        return id_

    def update_service(self, service: observed.Service, spec: Spec) -> None:
        self._write(f"update service {service.name}")
        now = self._current("service", service)
        changed = replace(now, spec=deepcopy(spec), version=now.version + 1, previous_spec=now.spec)
        self._put("service", replace(changed, updated_at=self.state.clock()))
        if spec["TaskTemplate"] != now.spec["TaskTemplate"]:
            self._run(now.id, spec)

    def remove_service(self, identity: str) -> None:
        self._remove("service", identity)
        self.state.tasks.pop(identity, None)

    def remove_volume(self, name: str) -> None:
        self._write(f"remove volume {name}")
        if self.state.things["volume"].pop(name, None) is None:
            raise NotFound("gone")

    def config(self, name: str) -> Config | None:
        self._look(f"read config {name}")
        found: Config | None = self.state.things["config"].get(name)
        return found

    def configs(self, prefix: str) -> dict[str, Config]:
        self._look(f"list configs {prefix}")
        return {name: each for name, each in self.state.things["config"].items() if name.startswith(prefix)}

    def digest(self, image: str) -> str | None:
        return None

    def probe(self, task: Task, probe: Probe, *, here: bool) -> Tried:
        return Tried()

    def logs(self, task_id: str, lines: int = 5) -> tuple[str, ...]:
        return (f"a line of {task_id}",)

    def last_check(self, container: str) -> Check | None:
        return None

    def events(self, stop: threading.Event) -> Iterator[Event]:
        while not stop.wait(0.05):
            pass
        yield from ()

    def _run(self, id_: str, spec: Spec) -> None:
        mode = spec.get("Mode") or {}
        replicas = (mode.get("Replicated") or {}).get("Replicas", 1)
        now, running = self.state.clock(), TaskState.RUNNING
        self.state.tasks[id_] = tuple(
            Task(self._id(), id_, NODE.id, slot, running, running, spec["TaskTemplate"], now, now)
            for slot in range(1, replicas + 1)
        )

    def _look(self, call: str) -> None:
        self.state.before(call)
        if self.state.gone:
            raise self.state.gone

    def _write(self, call: str) -> None:
        self._look(call)
        self._fence(call)
        if call in self.state.refusals:
            raise self.state.refusals[call]
        self.state.calls.append(call)

    def _create(self, kind: str, made: Callable[[str], Any]) -> str:
        thing = made(self._id())
        self._write(f"create {kind} {thing.name}")
        if thing.name in self.state.things[kind]:
            raise Conflict("there is one")
        self._put(kind, thing)
        return str(thing.id)

    def _label(self, kind: str, thing: Any, labels: Mapping[str, str]) -> None:
        self._write(f"label {kind} {thing.name}")
        now = self._current(kind, thing)
        self._put(kind, replace(now, spec={**now.spec, "Labels": dict(labels)}, version=now.version + 1))

    def _remove(self, kind: str, identity: str) -> None:
        name = next((name for name, each in self.state.things[kind].items() if each.id == identity), None)
        self._write(f"remove {kind} {name or identity}")
        if name is None:
            raise NotFound("gone")
        del self.state.things[kind][name]

    def _current(self, kind: str, thing: Any) -> Any:
        now = self.state.things[kind].get(thing.name)
        if now is None or now.id != thing.id:
            raise NotFound("gone")
        if now.version != thing.version:
            raise OutOfSequence("update out of sequence")
        return now

    def _put(self, kind: str, thing: Any) -> None:
        self.state.things[kind] = {**self.state.things[kind], thing.name: thing}

    def _id(self) -> str:
        self.state.ids += 1
        return f"id{self.state.ids}"
