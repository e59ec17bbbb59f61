"""A forced pass of a running loop, by each of three ways, each with those before it broken, here and in a container."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.control.protocol import Do, Request
from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

ROOT = Path(__file__).parents[2]
LABEL = "org.opencontainers.image.title=reconciler"


@pytest.fixture
def one(program: Program, stack: str) -> Callable[[str], Path]:
    """Writes a file of one service, with a label of this value."""

    def write(value: str) -> Path:
        return program.write("app.yaml", compose(stack, {"a": service(extra=f"deploy: {{labels: {{v: '{value}'}}}}")}))

    write("first")
    return write


def label(docker: Docker, stack: str) -> str:
    return docker("service", "inspect", f"{stack}_a", "--format", "{{.Spec.Labels.v}}")


def folder(program: Program) -> Path:
    return program.desired.parent / "run"


def without_a_socket(program: Program) -> None:
    """Something else stands in its place, so that the loop can't listen there again."""
    path = folder(program) / f"{program.owner}.sock"
    path.unlink()
    (path / "in the way").mkdir(parents=True)


def with_a_socket(program: Program) -> None:
    path = folder(program) / f"{program.owner}.sock"
    (path / "in the way").rmdir()
    path.rmdir()


def ways(said: dict[str, Any]) -> tuple[str, list[str]]:
    return said["way"], [failed["way"] for failed in said["failed"]]


def test_each_way_works_where_those_before_it_are_broken(
    program: Program, stack: str, docker: Docker, one: Callable[[str], Path]
) -> None:
    with program.loop() as loop:
        loop.ready()
        one("by socket")
        said = program.json("reload")
        assert (ways(said), label(docker, stack)) == (("control socket", []), "by socket")
        assert said["report"]["forced"] or said["recap"]["changed"]
        without_a_socket(program)
        one("by signal")
        said = program.json("reload")
        assert (ways(said), label(docker, stack)) == (("SIGHUP", ["control socket"]), "by signal")
        assert (said["verdict"], said["settled"], said["report"]) == ("Ready", True, None)
    # Its pid means nothing here, as that of a loop in a container: no signal is sent to whoever has that number.
    with_a_socket(program)
    with replace(program, elsewhere=True).loop() as loop:
        loop.ready()
        assert ways(program.json("reload")) == ("control socket", [])
        without_a_socket(program)
        one("by trigger")
        said = program.json("reload")
        assert (ways(said), label(docker, stack)) == (("trigger file", ["control socket", "SIGHUP"]), "by trigger")


def test_the_exit_code_is_that_of_what_came_of_it(program: Program, stack: str, one: Callable[[str], Path]) -> None:
    with program.loop() as loop:
        loop.ready()
        assert "recap: ok=2 changed=0 failed=0 waiting=0  verdict: Ready" in program("reload")
        good = one("again").read_text()
        program("reload")
        failing = good.replace("exec sleep", "exit 1; exec sleep")
        program.write("app.yaml", re.sub(r"ready_timeout: \d+s", "ready_timeout: 2s", failing))
        assert "Progressing" in program("reload", "--no-wait")
        said = program("reload", "--timeout", "1", expect=1)
        assert "not settled within 1s" in said or "Degraded" in said, "a slow machine finds it failed by then"
        assert "verdict: Degraded" in program("reload", expect=1)
        program.write("app.yaml", "services: {web: {imag: a}}")
        assert program.json("reload", expect=65)["report"]["errors"]
        program.write("app.yaml", good)
        program("reload")


def test_a_loop_is_given_the_consent_to_those_removals_that_wait_for_it_and_to_no_others(
    program: Program, stack: str, docker: Docker, one: Callable[[str], Path]
) -> None:
    def there() -> str:
        return docker("stack", "services", stack, "--quiet")

    with program.loop() as loop:
        loop.ready()
        (program.desired / "app.yaml").unlink()
        loop.report(lambda report: bool(report["needs_consent"]))
        assert "needs --allow-prune-all: until then" in program("reload", expect=1)
        assert there()
        program("reload", "--allow-prune-all")
        assert not there()
        since = len(loop.reports)
        one("made again")
        loop.report(lambda report: report["verdict"] == "Ready" and bool(report["services"]), since)
        since = len(loop.reports)
        (program.desired / "app.yaml").unlink()
        loop.report(lambda report: bool(report["needs_consent"]), since)
        assert there()
        without_a_socket(program)
        program("reload", "--allow-prune-all", expect=69)
        assert there()


def test_consent_that_a_failing_removal_keeps_is_none_to_what_leaves_later(
    program: Program, stack: str, docker: Docker, one: Callable[[str], Path]
) -> None:
    """A network can't be removed while a container of somebody else uses it."""
    one("first")
    net = "networks: {net: {driver: overlay, attachable: true}}"
    attached = service(extra="networks: [net]\ndeploy: {endpoint_mode: dnsrr}")
    program.write("other.yaml", compose(f"{stack}other", {"b": attached}, net))
    with program.loop() as loop:
        loop.ready()
        guest = docker("run", "--detach", "--network", f"{stack}other_net", "busybox:latest", "sleep", "1000")
        try:
            (program.desired / "other.yaml").unlink()
            until(lambda: not docker("stack", "services", f"{stack}other", "--quiet"), what="the service is gone")
            program("reload", "--allow-prune-all", "--no-wait", expect=1)  # the network stays, for somebody uses it
            since = len(loop.reports)
            (program.desired / "app.yaml").unlink()
            loop.report(lambda report: all(each["verdict"] == "Waiting" for each in report["services"]), since)
            assert docker("stack", "services", stack, "--quiet")
            loop.report(lambda report: bool(report["needs_consent"]), since)
        finally:
            docker("rm", "--force", guest)


def test_a_loop_that_doesnt_answer_is_reached_by_none_and_one_that_was_killed_is_told_from_it(
    program: Program, one: Callable[[str], Path]
) -> None:
    with program.loop() as loop:
        loop.ready()
        loop.signal(signal.SIGSTOP)
        assert "doesn't answer: what listens at" in program("healthcheck", expect=1)
        said = program.json("reload", expect=69)["error"]
        assert "doesn't answer within" in said
        assert said.count("no forced pass began within") == 2
        seen = len(loop.reports)
        loop.signal(signal.SIGCONT)
        loop.report(lambda report: bool(report["forced"]), seen)
        until(lambda: program("healthcheck"))
    assert "the loop is gone" in program("healthcheck", expect=1)
    assert "is gone" in program.json("reload", expect=69)["error"]
    with program.started("reload") as reload, program.loop():
        assert reload.wait(300) == 0, "a loop that is being started again is waited for"
    with program.loop() as loop:  # what the killed one left isn't in its way
        loop.ready()
        assert ways(program.json("reload")) == ("control socket", [])


def test_of_two_loops_the_first_is_asked_and_the_second_stands_by_as_healthy(
    program: Program, one: Callable[[str], Path]
) -> None:
    with program.loop() as first:
        first.ready()
        with program.loop() as second:
            warned = second.report(lambda report: bool(report["warnings"]))
            assert "another loop of this owner listens there" in warned["warnings"][0]["message"]
            seen = len(first.reports)
            program("reload")
            first.report(lambda report: bool(report["forced"]), seen)
            first.process.kill()
            second.report(lambda report: not report["warnings"])
            assert "Ready" in program("healthcheck")


@pytest.mark.parametrize("by", ["socket", "signal", "trigger"])
def test_a_storm_makes_two_passes_at_most(program: Program, one: Callable[[str], Path], by: str) -> None:
    with program.loop() as loop:
        loop.ready()
        seen = len(loop.reports)
        clients = []
        for _ in range(100):
            if by == "signal":
                loop.signal(signal.SIGHUP)
            elif by == "trigger":
                program.trigger.touch()
            else:
                clients.append(asking(program))
            threading.Event().wait(0.005)
        loop.report(lambda report: bool(report["forced"]), seen)
        for client in clients:
            with client, client.makefile("rb") as answers:
                assert len(list(answers)) >= 2
        program("reload")
        forced = [report for report in loop.reports[seen:] if report["forced"]]
        assert 2 <= len(forced) <= 3  # the last one is of the reload just above


def asking(program: Program) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(30)
    client.connect(str(folder(program) / f"{program.owner}.sock"))
    client.sendall(Request(Do.RELOAD, wait=False).line())
    return client


@contextmanager
def contained(program: Program, docker: Docker, *command: str, options: tuple[str, ...] = ()) -> Iterator[str]:
    """A container that has the program, and what it needs, from this machine."""
    given = [f"--env={name}={value}" for name, value in program.environ.items()]
    engine = Path(program.host.removeprefix("unix://")).parent
    needed = {"/usr", "/lib", "/lib64", sys.base_prefix, str(ROOT), str(engine), str(program.desired.parent)}
    volumes = [f"--volume={path}:{path}" for path in sorted(needed)]
    name = f"{program.owner}-loop"
    try:
        docker(
            "run", "--detach", "--name", name, f"--env=PYTHONPATH={ROOT}", *given, *volumes, *options,
            "busybox:latest", *command,
        )  # fmt: skip
        yield name
    finally:
        docker("rm", "--force", name)


RUN = (sys.executable, "-m", "reconciler")
"""Our command, where no program of that name is in the container."""


def is_up(docker: Docker, container: str) -> Callable[[], bool]:
    return lambda: docker.succeeds("exec", container, *RUN, "healthcheck")


def test_a_loop_in_a_container_by_the_command_there(
    program: Program, stack: str, docker: Docker, one: Callable[[str], Path]
) -> None:
    command = program.desired.parent / "reconciler"
    command.write_text(f'#!/bin/sh\nexec {" ".join(RUN)} "$@"\n')
    command.chmod(0o755)
    options = (f"--volume={command}:/bin/reconciler",)
    with contained(program, docker, "reconciler", "run", options=(*options, "--label", LABEL)) as container:
        until(is_up(docker, container))
        one("by command")
        said = program.json("reload", container)
        assert (ways(said), label(docker, stack)) == (("control socket", []), "by command")
        program("reload", docker("inspect", "--format", "{{.Id}}", container)[:12])
        one("by exec")
        docker("exec", container, "reconciler", "reload")
        assert label(docker, stack) == "by exec"
        one("by script")
        assert "reloaded" in hot_reload(docker, container)
        assert "found" in hot_reload(docker)
        assert label(docker, stack) == "by script"


def test_a_loop_in_a_container_by_signal_or_trigger(
    program: Program, stack: str, docker: Docker, one: Callable[[str], Path]
) -> None:
    with contained(program, docker, *RUN, "run") as container:  # known by its state file, where no label tells
        until(is_up(docker, container))
        one("by signal")
        said = program.json("reload", container)
        assert (ways(said), label(docker, stack)) == (("SIGHUP", ["command"]), "by signal")
        one("by script")
        assert "SIGHUP" in hot_reload(docker, container)
        assert label(docker, stack) == "by script"
    deaf = f"trap : HUP; {' '.join(RUN)} run & while true; do wait; done"
    with contained(program, docker, "sh", "-c", deaf) as container:
        until(is_up(docker, container))
        one("by trigger")
        said = program.json("reload", container)
        assert (ways(said), label(docker, stack)) == (("trigger file", ["command", "SIGHUP"]), "by trigger")
        docker("exec", container, "rm", "/bin/touch", "/bin/cat")
        one("by the engine")
        said = program.json("reload", container)
        assert (ways(said), label(docker, stack)) == (("trigger file", ["command", "SIGHUP"]), "by the engine")


def test_a_container_that_wont_do_is_told_in_words(program: Program, docker: Docker, stack: str) -> None:
    assert "there is no container" in program.json("reload", f"{stack}-none", expect=69)["error"]
    with contained(program, docker, "sh", "-c", "trap 'exit 3' HUP; while true; do sleep 0.1; done") as container:
        assert "is no reconciler" in program.json("reload", container, expect=69)["error"]
        assert docker("inspect", "--format", "{{.State.Running}}", container) == "true"  # and it was sent no signal
        docker("kill", container)
        assert "isn't running (exited, exit code 137)" in program.json("reload", container, expect=69)["error"]


def hot_reload(docker: Docker, *container: str, expect: int = 0) -> str:
    """What ``hack/hot-reload.sh`` says."""
    done = subprocess.run(
        [ROOT / "hack" / "hot-reload.sh", *container],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "DOCKER_HOST": docker.host},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
