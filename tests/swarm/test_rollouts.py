"""Rollouts: watched step by step, taken back by Swarm, paused, and chosen where the file doesn't say how."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reconciler import labels
from tests.swarm.cli import Docker
from tests.swarm.looping import Loop, Program, Report, compose, service
from tests.swarm.waiting import until

ROLLBACK = """
deploy:
  replicas: 3
  endpoint_mode: dnsrr
  update_config: {failure_action: rollback, monitor: 2s, order: start-first}
  restart_policy: {delay: 100ms}
"""


def of(report: Report, name: str) -> dict[str, Any]:
    return next((service for service in report["services"] if service["name"] == name), {"verdict": "", "reason": ""})


def version(docker: Docker, name: str) -> str:
    return docker("service", "inspect", name, "--format", "{{.Version.Index}}")


def rolled_back(loop: Loop, name: str, since: int) -> Report:
    return loop.report(lambda report: of(report, name)["verdict"] == "RolledBack", since, deadline=90)


def test_what_swarm_rolls_back_isnt_tried_again_through_passes_and_restarts_until_its_file_is_mended(
    program: Program, stack: str, docker: Docker
) -> None:
    name = f"{stack}_a"
    level = "environment: {LEVEL: '%s'}\n" + ROLLBACK
    program.write("app.yaml", compose(stack, {"a": service(extra=level % "low")}))
    with program.loop() as loop:
        loop.ready()
        seen = len(loop.reports)
        program.write("app.yaml", compose(stack, {"a": service("echo last words; exit 3", level % "high")}))
        first = of(rolled_back(loop, name, seen), name)
        # Told from the first moment on, and noted on the service once Swarm is done: by the last write to it.
        until(lambda: labels.ROLLED_BACK in docker("service", "inspect", "--format", "{{json .Spec.Labels}}", name), 60)
        written = version(docker, name)
        assert re.search(
            r"rolled this spec back: .*task \w+.*: it changed command, environment\.LEVEL$", first["reason"]
        )
        assert re.search(rf"task {name}\.\d \(\w{{12}}\) on \S+: task: non-zero exit \(3\)", first["error"]), first
        assert "last words" in first["error"]
        assert (first["cause"], first["facts"]["because"]) == ("RolledBack", "Exited")
        assert first["since"] > 0
        assert "`reconciler reload` tries the same spec again" in program.json("explain", name)["what_to_do"][0]
        for number in range(10):
            seen = len(loop.reports)
            program.write(f"note-{number}.txt", "x")
            rolled_back(loop, name, seen)
        assert version(docker, name) == written
    for _ in range(3):
        with program.loop() as loop:
            assert "environment.LEVEL" in of(rolled_back(loop, name, 0), name)["reason"]
        assert version(docker, name) == written
    with program.loop() as loop:
        rolled_back(loop, name, 0)
        seen = len(loop.reports)
        program.write("app.yaml", compose(stack, {"a": service("exec sleep 999", level % "high")}))
        loop.ready(since=seen)
        steps = {of(report, name)["reason"].partition(";")[0] for report in loop.reports[seen:]}
        assert {"1/3 updated", "2/3 updated"} & steps, steps


def test_a_rollout_that_swarm_pauses_is_told_and_holds_what_depends_on_it_at_its_old_spec(
    program: Program, stack: str, docker: Docker
) -> None:
    pause = "deploy: {endpoint_mode: dnsrr, update_config: {monitor: 3s}, restart_policy: {condition: none}}"
    needs = "depends_on: {db: {condition: service_healthy}}\nenvironment: {V: '%s'}"
    program.write("app.yaml", compose(stack, {"db": service(extra=pause), "app": service(extra=needs % 1)}))
    with program.loop() as loop:
        loop.ready()
        before, seen = version(docker, f"{stack}_app"), len(loop.reports)
        program.write("app.yaml", compose(stack, {"db": service("exit 3", pause), "app": service(extra=needs % 2)}))
        report = loop.report(lambda report: "is paused" in of(report, f"{stack}_db")["reason"], seen)
        db, app = of(report, f"{stack}_db"), of(report, f"{stack}_app")
        assert db["verdict"] == "Degraded"
        assert "the rollout is paused at 0/1: update paused due to failure" in db["reason"]
        assert "task: non-zero exit (3)" in db["error"]
        assert (db["cause"], db["facts"]["because"], db["facts"]["exit_code"]) == ("RolloutPaused", "Exited", 3)
        assert "Swarm paused the rollout" in program.json("explain", f"{stack}_db")["what_to_do"][0]
        assert (app["verdict"], app["cause"]) == ("Waiting", "DependencyNotReady")
        assert app["facts"]["because"] == "RolloutPaused"
        assert f"{stack}_db (service_healthy): Degraded, the rollout is paused" in app["reason"]
        assert (app["running"], version(docker, f"{stack}_app")) == (1, before)
        seen = len(loop.reports)
        program.write(
            "app.yaml", compose(stack, {"db": service("exec sleep 999", pause), "app": service(extra=needs % 2)})
        )
        loop.ready(since=seen)
        assert version(docker, f"{stack}_app") != before


def test_how_to_roll_out_is_chosen_by_on_failure_and_told(program: Program, stack: str, docker: Docker) -> None:
    own = "x-reconciler: {on_failure: rollback}"
    kept = f"volumes: [data:/data]\n{own}"
    program.write(
        "app.yaml", compose(stack, {"a": service(extra=own), "b": service(extra=kept)}, "volumes: {data: {}}")
    )
    planned = program.json("plan")
    notes = {action["name"]: action["notes"] for action in planned["actions"] if action["kind"] == "service"}
    assert "start-first, rollback" in notes[f"{stack}_a"][0]
    assert (
        f"stop-first, rollback when a new task fails within 10 s (one task at a time should write {stack}_data)"
        in (notes[f"{stack}_b"][0])
    )
    assert f"one task at a time should write {stack}_data" in " ".join(program("plan").split())
    assert program.json("apply")["verdict"] == "Ready"
    orders = [
        docker("service", "inspect", f"{stack}_{key}", "--format", "{{.Spec.UpdateConfig.Order}}") for key in ("a", "b")
    ]
    assert orders == ["start-first", "stop-first"]
    assert program.json("plan")["actions"] == []


@pytest.mark.parametrize("action", ["pause", "continue", "rollback"])
def test_a_rollback_by_hand_is_respected_until_the_file_changes(
    program: Program, stack: str, docker: Docker, action: str
) -> None:
    name, config = f"{stack}_a", f"deploy: {{endpoint_mode: dnsrr, update_config: {{failure_action: {action}}}}}\n"

    def level(said: str) -> None:
        program.write("app.yaml", compose(stack, {"a": service(extra=f"environment: {{LEVEL: {said}}}\n{config}")}))

    def runs(said: str) -> bool:
        return f"LEVEL={said}" in docker("service", "inspect", name, "--format", "{{json .Spec.TaskTemplate}}")

    level("one")
    with program.loop() as loop:
        loop.ready()
        seen = len(loop.reports)
        level("two")
        until(lambda: runs("two"), 60, "the file's change is there")
        loop.ready(seen)
        docker("service", "rollback", "--detach", name)
        seen = len(loop.reports)
        rolled_back(loop, name, seen)
        until(lambda: labels.ROLLED_BACK in docker("service", "inspect", "--format", "{{json .Spec.Labels}}", name), 60)
        assert runs("one")
    with program.loop() as loop:  # another process knows it as well
        rolled_back(loop, name, 0)
        assert runs("one")
        level("three")
        until(lambda: runs("three"), 60, "the file's next change is there")
        loop.ready(len(loop.reports))
