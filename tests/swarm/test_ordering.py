"""The order of changes: dependents after what they need, across stacks too, and migrations before both."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service

NEEDS = "depends_on: {db: {condition: service_healthy}}\nenvironment: {V: '%s'}"
DB = "healthcheck: {test: [CMD, ls, /ok], interval: 500ms, retries: 30}\nenvironment: {V: '%s'}"
SLOW = "sleep 2; touch /ok; exec sleep 1000"


def test_dependents_of_a_service_that_changes_too_wait_until_its_rollout_is_over(
    program: Program, stack: str, docker: Docker
) -> None:
    def world(number: int) -> None:
        other = f"{stack}o"
        base = compose(stack, {"db": service(SLOW, DB % number), "app": service(extra=NEEDS % number)})
        above = compose(other, {"web": service(extra=f"environment: {{V: '{number}'}}")})
        above = above.replace("min_task_age: 1s", f"min_task_age: 1s, depends_on: [{stack}]", 1)
        program.write("base.yaml", base)
        program.write("above.yaml", above)

    for number in (1, 2):
        world(number)
        assert program.json("apply")["verdict"] == "Ready"
        healthy_at, app, web = (_newest(docker, name) for name in (f"{stack}_db", f"{stack}_app", f"{stack}o_web"))
        assert healthy_at["running"] <= app["created"]
        assert app["running"] <= web["created"]


def test_a_migration_runs_once_for_each_spec_before_the_app_rolls_and_holds_it_when_it_fails(
    program: Program, stack: str, docker: Docker
) -> None:
    job = "deploy: {mode: replicated-job, restart_policy: {condition: none}}\nenvironment: {V: '%s'}"
    needs = "depends_on: {migrate: {condition: service_completed_successfully}}\nenvironment: {V: '%s'}"

    def world(number: int, script: str = "exit 0") -> None:
        app = service(extra=needs % number)
        program.write("app.yaml", compose(stack, {"app": app, "migrate": service(script, job % number)}))

    for number in (1, 2):
        world(number)
        assert program.json("apply")["verdict"] == "Ready"
        migrated, app = _newest(docker, f"{stack}_migrate"), _newest(docker, f"{stack}_app")
        assert migrated["state"] == "complete"
        assert migrated["running"] <= app["created"]
    runs = len(_tasks(docker, f"{stack}_migrate"))
    assert program.json("apply")["actions"] == []
    assert len(_tasks(docker, f"{stack}_migrate")) == runs
    before = docker("service", "inspect", f"{stack}_app", "--format", "{{.Version.Index}}")
    world(3, "echo no such table; exit 4")
    report = program.json("apply", expect=1)
    found = {each["name"].removeprefix(f"{stack}_"): each for each in report["services"]}
    assert (report["verdict"], found["migrate"]["verdict"], found["app"]["verdict"]) == (
        "Degraded",
        "Degraded",
        "Waiting",
    )
    assert "no such table" in found["migrate"]["error"]
    assert f"{stack}_migrate (service_completed_successfully): Degraded" in found["app"]["reason"]
    assert docker("service", "inspect", f"{stack}_app", "--format", "{{.Version.Index}}") == before
    world(3)
    assert program.json("apply")["verdict"] == "Ready"


def _tasks(docker: Docker, name: str) -> list[dict[str, Any]]:
    """Newest first; ``running`` is when its last state began."""
    ids = docker("service", "ps", name, "--quiet", "--no-trunc").split()
    found = [
        {
            "created": _moment(task["CreatedAt"]),
            "running": _moment(task["Status"]["Timestamp"]),
            "state": task["Status"]["State"],
        }
        for task in json.loads(docker("inspect", "--type", "task", *ids))
    ]
    return sorted(found, key=lambda task: task["created"], reverse=True)


def _newest(docker: Docker, name: str) -> dict[str, Any]:
    return _tasks(docker, name)[0]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00")
