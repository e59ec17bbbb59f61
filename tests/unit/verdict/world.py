"""Small Swarms to judge: factories with defaults that make one Running, well-aged task per slot."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from reconciler.desired import model as desired
from reconciler.observed.model import Engine, Node, Service, Snapshot, Task, TaskState, UpdateStatus
from reconciler.verdict.judge import judge
from reconciler.verdict.model import Circumstances, Judgement

NOW = 10_000.0
ENGINE_STARTED = 1_000.0
HERE = "node-1"

_ids = itertools.count(1)


def spec(image: str = "web:1", mode: Mapping[str, Any] | None = None, **template: Any) -> desired.Spec:
    """A ``ServiceSpec``; ``template`` goes into its task template."""
    return {
        "Name": "shop_web",
        "Mode": dict(mode or {"Replicated": {"Replicas": 1}}),
        "TaskTemplate": {"ContainerSpec": {"Image": image}, **template},
    }


def with_check(image: str = "web:1", mode: Mapping[str, Any] | None = None) -> desired.Spec:
    return spec(image, mode, ContainerSpec={"Image": image, "Healthcheck": {"Test": ["CMD", "true"]}})


def replicas(count: int) -> dict[str, Any]:
    return {"Replicated": {"Replicas": count}}


def service(
    of: desired.Spec | None = None,
    *,
    created_at: float = NOW - 1000,
    updated_at: float | None = None,
    update: str = "",
    message: str = "",
    iteration: int | None = None,
) -> Service:
    """The observed service; ``update`` is ``UpdateStatus.State``, begun when the service was last updated."""
    updated = created_at if updated_at is None else updated_at
    status = UpdateStatus(update, message, started_at=updated) if update else None
    return Service("s1", "shop_web", 7, of or spec(), created_at, updated, status, iteration=iteration)


def task(  # its parts are the states that SwarmKit keeps
    state: TaskState = TaskState.RUNNING,
    *,
    of: desired.Spec | None = None,
    age: float = 100.0,
    lived: float = 0.0,
    **parts: Any,
) -> Task:
    """A task whose last word is ``age`` seconds old, made ``lived`` seconds before that word."""
    number = next(_ids)
    over = state in {TaskState.FAILED, TaskState.REJECTED, TaskState.COMPLETE, TaskState.SHUTDOWN}
    made: dict[str, Any] = {
        "id": f"t{number}",
        "service_id": "s1",
        "node_id": HERE,
        "slot": 1,
        "state": state,
        "desired_state": TaskState.SHUTDOWN if over else TaskState.RUNNING,
        "spec": (of or spec())["TaskTemplate"],
        "created_at": NOW - age - lived,
        "status_at": NOW - age,
        "container_id": f"c{number}",
    }
    return Task(**{**made, **parts})


def crashes(count: int, *, of: desired.Spec | None = None, slot: int = 1, every: float = 10.0) -> list[Task]:
    """Failed tasks of one slot, newest first, the newest 5 s ago."""
    return [
        task(TaskState.FAILED, of=of, slot=slot, age=5 + every * number, error="task: non-zero exit (3)", exit_code=3)
        for number in range(count)
    ]


def node(name: str = HERE, **parts: Any) -> Node:
    made: dict[str, Any] = {"id": name, "hostname": f"{name}.lan", "state": "ready", "availability": "active"}
    return Node(**{**made, **parts})


def snapshot(
    found: Service | None,
    *tasks: Task,
    nodes: tuple[Node, ...] = (node(),),
    started_at: float | None = ENGINE_STARTED,
    **parts: Any,
) -> Snapshot:
    """Taken at ``NOW`` by an observer that has only just begun to look, unless ``parts`` say otherwise."""
    running = {one.id: NOW for one in tasks if one.state is TaskState.RUNNING}
    made: dict[str, Any] = {
        "at": NOW,
        "engine": Engine(HERE, "28.0", "1.47", started_at),
        "services": {found.name: found} if found else {},
        "tasks": {found.id: tuple(sorted(tasks, key=lambda one: -one.created_at))} if found else {},
        "nodes": {one.id: one for one in nodes},
        "seen": running,
        "watching_since": NOW,
    }
    return Snapshot(**{**made, **parts})


def wanted(of: desired.Spec | None = None, **options: Any) -> desired.Service:
    return desired.Service("shop_web", "shop", "web", of or spec(), options=desired.Options(**options))


def judged(swarm: Snapshot, want: desired.Service | None = None, **circumstances: Any) -> Judgement:
    """The verdict on what is wanted; by default, what the Swarm's service says itself."""
    there = swarm.services.get("shop_web")
    return judge(want or wanted(there.spec if there else None), swarm, Circumstances(**circumstances))
