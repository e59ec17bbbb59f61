"""The night shift suspends a service, a stack, and resumes them."""

from __future__ import annotations

import json

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until


@pytest.fixture
def two(stack: str) -> str:
    return compose(stack, {"a": service(), "b": service()})


def test_nothing_is_written_to_a_suspended_service_until_it_is_resumed(
    program: Program, stack: str, docker: Docker, two: str
) -> None:
    program.write("app.yaml", two)
    with program.loop() as loop:
        loop.ready()
        seen = len(loop.reports)
        said = program("suspend", f"{stack}/a", "--reason", "migrating by hand")
        assert f"service {stack}_a is suspended since" in said
        loop.report(lambda report: any(f"config {stack}-suspended" in wake for wake in report["wakes"]), seen)
        docker("service", "scale", "--detach", f"{stack}_a=2", f"{stack}_b=2")
        until(lambda: _replicas(docker, f"{stack}_b") == "1", 20, "b is healed")
        seen = len(loop.reports)
        program.trigger.touch()
        forced = loop.report(lambda report: bool(report["forced"]), seen)
        assert forced["actions"] == []
        assert _replicas(docker, f"{stack}_a") == "2"
        (held,) = program.json("plan")["held"]
        assert (held["name"], held["cause"]) == (f"{stack}_a", "Suspended")
        assert f"`reconciler resume {stack}_a`" in program.json("explain", f"{stack}_a")["what_to_do"][0]
        assert held["reason"].startswith("suspended since")
        assert held["reason"].endswith("(migrating by hand): deploy.replicas differs")
        status = program.json("status")
        assert [each["suspended"] for each in status["services"]] == [True, False]
        assert [(each["service"], each["reason"]) for each in status["suspended"]] == [
            (f"{stack}_a", "migrating by hand")
        ]
        seen = len(loop.reports)
        assert program.json("resume", f"{stack}_a")["suspended"] == []
        until(lambda: _replicas(docker, f"{stack}_a") == "1", 20, "a is healed once it is resumed")
        loop.ready(seen)


def test_a_suspended_stack_is_neither_pruned_nor_taken_down(
    program: Program, stack: str, docker: Docker, two: str
) -> None:
    file = program.write("app.yaml", two)
    program("apply")
    assert program.json("suspend", stack)["changed"]
    assert not program.json("suspend", stack)["changed"]
    file.unlink()
    program("apply", "--allow-prune-all")
    assert len(docker("stack", "services", stack, "--quiet").split()) == 2
    assert "is suspended since" in program.json("down", stack, "--yes", expect=1)["error"]
    assert f"stack {stack}: suspended since" in program("status")
    assert "did you mean" in program.json("suspend", f"{stack}/aa", expect=64)["error"]
    program("resume", stack)
    program("down", stack, "--yes")
    assert docker("stack", "services", stack, "--quiet") == ""


def _replicas(docker: Docker, name: str) -> str:
    return docker("service", "inspect", name, "--format", "{{.Spec.Mode.Replicated.Replicas}}")


def test_a_suspension_whose_time_cant_be_read_is_still_somebodys(
    program: Program, stack: str, docker: Docker, two: str
) -> None:
    program.write("app.yaml", two)
    program("apply")
    program("suspend", stack)
    program("suspend", f"{stack}/a")
    config, label = f"{stack}-suspended", f"io.reconciler.suspended.stack.{stack}"
    found = json.loads(docker("config", "inspect", config))[0]
    labels = {**found["Spec"]["Labels"], label: '{"since": 1e30, "by": "ann@ops", "reason": ""}'}
    docker("config", "rm", config)
    marks = [f"--label={name}={text}" for name, text in labels.items()]
    docker("config", "create", *marks, config, "-", stdin="suspended")
    said = program("resume", f"{stack}/a")
    assert f"stack {stack} stays suspended by ann@ops: `reconciler resume {stack}` ends that" in said
    assert "its file says" not in said
    assert "stays" not in program("resume", stack)


def test_down_names_no_stack_of_another_owner(program: Program, stack: str, two: str) -> None:
    program.write("app.yaml", two)
    program("apply")
    other = {"RECONCILER_OWNER": f"{stack}-other", "RECONCILER_DESIRED": str(program.desired.parent / "none")}
    assert f"belongs to the owner {stack}" in program.json("down", stack, "--yes", expect=64, **other)["error"]
    assert stack not in program.json("down", "nosuch", "--yes", expect=64, **other)["error"]
    assert len(program.json("ps")["services"]) == 2
