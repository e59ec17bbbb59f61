"""Reports of a small shop, by way of the real plan and the real judgements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.desired.model import Condition, Dependency, Service, Stack
from reconciler.loop.assess import Memory, assess
from reconciler.observed.model import Node, Snapshot, Task, TaskState
from reconciler.plan.draft import Rules
from reconciler.status.report import Report
from tests.unit.plan.world import RULES, running, service, stack

NODE = Node("node1", "host1", "ready", "active", "manager", resources={"NanoCPUs": 2 * 10**9, "MemoryBytes": 4 * 2**30})
PASSWORD = "correct-horse-battery"


def db(**container: Any) -> Service:
    return service("app_db", Image="db:1", Env=[f"PASSWORD={PASSWORD}"], **container)


def web(image: str = "web:1") -> Service:
    return replace(service("app_web", Image=image), depends_on=(Dependency("app_db", Condition.STARTED),))


def shop(*services: Service, state: TaskState = TaskState.RUNNING, error: str = "") -> tuple[Stack, Snapshot]:
    """A stack that runs, with one task for each service in ``state``; that of the database says ``error``."""
    wanted = stack(*(services or (db(), web())))
    swarm = running(wanted)
    end = TaskState.RUNNING if state is TaskState.RUNNING else TaskState.SHUTDOWN
    said = {"app_db": error}
    tasks = {
        found.id: (
            Task(f"t-{name}", found.id, "node1", 1, state, end, found.spec["TaskTemplate"], error=said.get(name, "")),
        )
        for name, found in swarm.services.items()
    }
    return wanted, replace(swarm, nodes={"node1": NODE}, tasks=tasks)


def report(wanted: Stack, swarm: Snapshot, number: int = 1, rules: Rules = RULES, **more: Any) -> Report:
    found = assess([wanted], swarm, rules, lambda _: None, Memory())
    return Report(number, 1000.0, plan=found.plan, judgements=found.judgements, **more)
