"""The loop heals drift, wakes when it should, and stops as it should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.machine import slowness
from tests.swarm.cli import Docker
from tests.swarm.looping import Loop, Program, Report, compose, service
from tests.swarm.waiting import until

CONF = "configs: {conf: {content: one}}\nnetworks: {net: {}}"
USES = "configs: [{source: conf, target: /conf}]\nnetworks: [net]"


@pytest.fixture
def two(stack: str) -> str:
    """A file of two services, one with a config and a network."""
    return compose(stack, {"a": service(extra=USES), "b": service()}, CONF)


def spec(docker: Docker, name: str, part: str) -> str:
    return docker("service", "inspect", name, "--format", "{{json .Spec" + part + "}}")


def damaged_by_env(docker: Docker, stack: str) -> Callable[[], bool]:
    docker("service", "update", "--detach", "--env-add", "X=1", f"{stack}_a")
    return lambda: "X=1" not in spec(docker, f"{stack}_a", ".TaskTemplate.ContainerSpec")


def damaged_by_scale(docker: Docker, stack: str) -> Callable[[], bool]:
    docker("service", "scale", "--detach", f"{stack}_a=3")
    return lambda: spec(docker, f"{stack}_a", ".Mode.Replicated.Replicas") == "1"


def damaged_by_removal(docker: Docker, stack: str) -> Callable[[], bool]:
    docker("service", "rm", f"{stack}_a")
    return lambda: docker.succeeds("service", "inspect", f"{stack}_a")


def damaged_by_detaching(docker: Docker, stack: str) -> Callable[[], bool]:
    docker("service", "update", "--detach", "--network-rm", f"{stack}_net", f"{stack}_a")
    return lambda: spec(docker, f"{stack}_a", ".TaskTemplate.Networks") != "null"


def damaged_by_disconnecting(docker: Docker, stack: str) -> Callable[[], bool]:
    container = _container(docker, stack)
    docker("network", "disconnect", "--force", f"{stack}_net", container)
    return lambda: _container(docker, stack) not in {"", container}


def damaged_by_labels(docker: Docker, stack: str) -> Callable[[], bool]:
    docker("service", "update", "--detach", "--label-add", "odd=yes", f"{stack}_a")
    return lambda: "odd" not in spec(docker, f"{stack}_a", ".Labels")


def _container(docker: Docker, stack: str) -> str:
    return docker("ps", "--quiet", "--no-trunc", "--filter", f"label=com.docker.swarm.service.name={stack}_a")


@pytest.mark.parametrize(
    "damage",
    [
        damaged_by_env,
        damaged_by_scale,
        damaged_by_removal,
        damaged_by_detaching,
        damaged_by_disconnecting,
        damaged_by_labels,
    ],
)
def test_damage_is_healed(
    program: Program, stack: str, docker: Docker, two: str, damage: Callable[[Docker, str], Callable[[], bool]]
) -> None:
    program.write("app.yaml", two)
    with program.loop() as loop:
        loop.ready()
        seen = len(loop.reports)
        healed = damage(docker, stack)
        until(healed, 20, "the damage is healed")
        loop.ready(since=seen)


def test_a_config_in_use_cant_be_removed_and_an_unused_one_comes_back(
    program: Program, stack: str, docker: Docker
) -> None:
    rest = "configs: {conf: {content: one}, spare: {content: two}}\nnetworks: {net: {}}"
    program.write("app.yaml", compose(stack, {"a": service(extra=USES)}, rest))
    with program.loop() as loop:
        loop.ready()
        assert not docker.succeeds("config", "rm", f"{stack}_conf")
        docker("config", "rm", f"{stack}_spare")
        until(lambda: docker.succeeds("config", "inspect", f"{stack}_spare"), 10)
        docker("config", "inspect", f"{stack}_conf")


@pytest.mark.each_engine
def test_an_edit_is_converged_and_a_burst_of_files_makes_few_passes(
    program: Program, stack: str, docker: Docker, two: str
) -> None:
    program.write("app.yaml", two)
    with program.loop() as loop:
        loop.ready()
        _quiet(loop)
        seen = len(loop.reports)
        program.write(
            "app.yaml",
            two.replace("min_task_age: 1s", "min_task_age: 2s"),
        )
        edit = loop.report(_woken_by("app.yaml changed"), since=seen)
        assert edit["errors"] == []
        _quiet(loop)
        seen = len(loop.reports)
        for number in range(200):
            (program.desired / f"note-{number}.txt").write_text("x")
        loop.report(lambda report: any("changed" in wake for wake in report["wakes"]), since=seen)
        _quiet(loop)
        woken = [report for report in loop.reports[seen:] if any("changed" in wake for wake in report["wakes"])]
        assert 1 <= len(woken) <= 2 * slowness()


def test_trigger_and_signal_force_a_pass(program: Program, stack: str, two: str) -> None:
    program.write("app.yaml", two)
    with program.loop() as loop:
        loop.ready()
        for force in (
            program.trigger.touch,
            program.trigger.touch,
            lambda: loop.signal(signal.SIGHUP),
            lambda: program("reload"),
        ):
            seen = len(loop.reports)
            force()
            loop.report(lambda report: bool(report["forced"]), since=seen)


def test_a_pass_that_finds_nothing_to_do_writes_nothing(program: Program, stack: str, docker: Docker, two: str) -> None:
    program.write("app.yaml", two)
    with program.loop() as loop:
        loop.ready()
        _quiet(loop)
        before = _versions(docker, stack)
        seen = len(loop.reports)
        program.trigger.touch()
        forced = loop.report(lambda report: bool(report["forced"]), since=seen)
        assert forced["actions"] == []
        assert _versions(docker, stack) == before


def test_a_stop_leaves_the_services_running_and_gives_the_lease_up(
    program: Program, stack: str, docker: Docker, two: str
) -> None:
    program.write("app.yaml", two)
    with program.loop() as loop:
        loop.ready()
        loop.signal(signal.SIGTERM)
        assert loop.process.wait(5) == 0
        assert docker("stack", "services", stack, "--format", "{{.Replicas}}").split() == ["1/1", "1/1"]
    labels = docker("config", "inspect", f"{stack}-lease", "--format", "{{json .Spec.Labels}}")
    assert '"io.reconciler.lease.holder":""' in labels


def test_a_second_loop_stands_by_and_takes_over_at_once_when_the_first_is_killed(
    program: Program, stack: str, docker: Docker, two: str
) -> None:
    program.write("app.yaml", two)
    with ExitStack() as loops:
        first = loops.enter_context(program.loop())
        first.ready()
        second = loops.enter_context(program.loop())
        second.ready()
        before = len(first.reports)
        docker("service", "scale", "--detach", f"{stack}_b=2")
        first.report(lambda report: any(action["result"] == "changed" for action in report["actions"]), before)
        assert not any(action["result"] == "changed" for report in second.reports for action in report["actions"])
        first.process.kill()
        first.process.wait()
        docker("service", "scale", "--detach", f"{stack}_b=2")
        second.report(lambda report: any(action["result"] == "changed" for action in report["actions"]), deadline=15)


def test_the_desired_folder_may_be_swapped_by_a_symlink(program: Program, stack: str, docker: Docker, two: str) -> None:
    old, new = program.desired.with_name("v1"), program.desired.with_name("v2")
    program.desired.rename(old)
    new.mkdir()
    (old / "app.yaml").write_text(two)
    (new / "app.yaml").write_text(two.replace("  b:\n", "  c:\n"))
    program.desired.symlink_to(old)
    with program.loop() as loop:
        loop.ready()
        fresh = program.desired.with_name("fresh")
        fresh.symlink_to(new)
        fresh.rename(program.desired)
        until(lambda: docker.succeeds("service", "inspect", f"{stack}_c"), 20)
        until(lambda: not docker.succeeds("service", "inspect", f"{stack}_b"), 20)


def _woken_by(reason: str) -> Callable[[Report], bool]:
    return lambda report: reason in report["wakes"]


def _quiet(loop: Loop) -> None:
    """Until no report came for a second."""
    state: dict[str, Any] = {"count": -1, "turns": 0}

    def still() -> bool:
        state["turns"] = state["turns"] + 1 if len(loop.reports) == state["count"] else 0
        state["count"] = len(loop.reports)
        return bool(state["turns"] >= 20)

    until(still, 30, "the loop is quiet")


def _versions(docker: Docker, stack: str) -> str:
    services = docker("stack", "services", stack, "--quiet").split()
    return docker("service", "inspect", *services, "--format", "{{.Spec.Name}} {{.Version.Index}}")


def test_the_loop_runs_without_a_terminal_and_says_each_step_once(program: Program, stack: str, two: str) -> None:
    program.write("app.yaml", two)
    environ = {**os.environ, **program.environ, "RECONCILER_OUTPUT": "text", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "apply"], env=environ, capture_output=True, text=True, check=True
    )
    said = done.stdout
    steps = [line for line in done.stderr.splitlines() if 'msg="create done"' in line]
    assert len(steps) == len(set(steps)) == 5
    assert "recap: ok=0 changed=5 failed=0 waiting=0" in said
