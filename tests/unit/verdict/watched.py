"""A service under an observer that has looked all along, so that a task is as old as it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.desired.model import Options, Service, Spec
from reconciler.observed import model as observed
from reconciler.observed.model import Node, Snapshot, Task, TaskState
from reconciler.verdict.judge import judge
from reconciler.verdict.model import Circumstances, Judgement

NOW = 10_000.0
TEMPLATE: Spec = {"ContainerSpec": {"Image": "web:1"}, "Networks": [{"Target": "net"}]}
OLD: Spec = {"ContainerSpec": {"Image": "web:0"}, "Networks": [{"Target": "net"}]}
NODE = Node("n1", "host1", "ready", "active", "manager", labels={"zone": "eu"})
ENGINE = observed.Engine("n1", "20.10.24", "1.41", started_at=1_000.0)


def spec(replicas: int = 1, mode: Spec | None = None, **task: Any) -> Spec:
    return {"Name": "web", "TaskTemplate": {**TEMPLATE, **task}, "Mode": mode or {"Replicated": {"Replicas": replicas}}}


def task(age: float = 60.0, state: TaskState = TaskState.RUNNING, **given: Any) -> Task:
    """A task of the current spec in slot 1, in its state since ``age`` seconds."""
    ended = state in {TaskState.FAILED, TaskState.REJECTED, TaskState.SHUTDOWN}
    defaults: dict[str, Any] = {
        "id": f"t{given.get('slot', 1)}-{age}",
        "service_id": "s1",
        "node_id": "n1",
        "slot": 1,
        "state": state,
        "desired_state": TaskState.SHUTDOWN if ended else TaskState.RUNNING,
        "spec": TEMPLATE,
        "created_at": NOW - age - 1,
        "status_at": NOW - age,
        "container_id": "c1",
    }
    return Task(**{**defaults, **given})


def failed(age: float, **given: Any) -> Task:
    return task(age, TaskState.FAILED, **{"error": "task: non-zero exit (3)", "exit_code": 3, **given})


def swarm(*tasks: Task, written: Spec | None = None, **given: Any) -> Snapshot:
    update = given.pop("update", None)
    updated_at = given.pop("updated_at", NOW - 3600)
    iteration = given.pop("iteration", None)
    service = observed.Service("s1", "web", 7, written or spec(), updated_at, updated_at, update, iteration=iteration)
    running = {each.id: each.status_at for each in tasks if each.state is TaskState.RUNNING}
    ordered = tuple(sorted(tasks, key=lambda each: each.created_at, reverse=True))
    known: dict[str, Any] = {"nodes": {"n1": NODE}, "seen": running, "watching_since": 0.0, **given}
    return Snapshot(NOW, ENGINE, services={"web": service}, tasks={"s1": ordered}, **known)


def judged(snapshot: Snapshot, circumstances: Circumstances | None = None, **options: Any) -> Judgement:
    wanted = Service("web", "app", "web", snapshot.services["web"].spec if snapshot.services else spec())
    wanted = replace(wanted, options=Options(**options))
    return judge(wanted, snapshot, circumstances or Circumstances())
