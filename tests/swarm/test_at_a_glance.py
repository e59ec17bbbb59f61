"""``logs``, ``ls``, ``ps`` and ``status --watch`` of a real Swarm, and what commands print where."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until
from tests.terminal import in_terminal

SCHEMAS = Path(__file__).parents[2] / "schemas"
TWO = "deploy: {replicas: 2, endpoint_mode: dnsrr}"
JOB = "deploy: {mode: replicated-job, restart_policy: {condition: none}}"
WRITES = "i=0; while true; do i=$$((i+1)); echo line $$i; echo error $$i >&2; sleep 0.2; done"


def holds(name: str, text: str) -> Any:
    found = json.loads(text)
    jsonschema.validate(found, json.loads((SCHEMAS / f"{name}.json").read_text()))
    return found


@contextmanager
def process(program: Program, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on; its output in pipes."""
    command = [sys.executable, "-m", "reconciler", *arguments]
    environ = {**os.environ, **program.environ}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environ, **pipes) as started:
        try:
            yield started
        finally:
            started.kill()


def test_logs_of_all_tasks_in_order_of_time(program: Program, stack: str, docker: Docker) -> None:
    services = {"web": service(WRITES, TWO), "quiet": service("echo only this; exec sleep 1000")}
    program.write("app.yaml", compose(stack, services))
    program("apply")

    lines = [holds("logs", line) for line in program("logs", f"{stack}/web", "-o", "json", "--tail", "5").splitlines()]
    assert {(line["slot"], line["stream"]) for line in lines} == {
        ("1", "stdout"),
        ("1", "stderr"),
        ("2", "stdout"),
        ("2", "stderr"),
    }
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert {line["service"] for line in lines} == {f"{stack}_web"}
    assert len({line["node"] for line in lines} - {""}) == 1

    one = program("logs", f"{stack}_web", "--task", "2", "--tail", "3").splitlines()
    assert one
    assert all(line.startswith(f"{stack}_web.2@") and " | " in line for line in one)
    assert f"{stack}_quiet.1@" in program("logs", stack, "--tail", "1")
    assert program("logs", f"{stack}_quiet", "--since", "1970-01-01T00:00:00Z").endswith("| only this\n")
    assert program("logs", f"{stack}_quiet", "--since", "2100-01-01T00:00:00Z") == ""
    assert "there is no task '7'" in program.json("logs", stack, "--task", "7", expect=64)["error"]
    assert "there is no" in program.json("logs", f"{stack}x_y_z", expect=64)["error"]


def test_logs_that_are_followed_have_new_tasks_too_and_end_with_the_service(
    program: Program, stack: str, docker: Docker
) -> None:
    program.write("app.yaml", compose(stack, {"web": service(WRITES)}))
    program("apply")
    with process(program, "logs", f"{stack}_web", "--follow", "--tail", "1", "-o", "json") as following:
        assert following.stdout is not None
        places = set[str]()

        def told(slot: str) -> bool:
            assert following.stdout is not None
            places.add(json.loads(following.stdout.readline())["slot"])
            return slot in places

        until(lambda: told("1"))
        docker("service", "scale", "--detach", f"{stack}_web=2")
        until(lambda: told("2"), 60)
        following.send_signal(signal.SIGINT)
        following.stdout.read()
        assert following.wait(30) == 130


def test_what_there_is_at_a_glance(program: Program, stack: str, docker: Docker) -> None:
    services = {"web": service(extra=TWO), "job": service("exit 0", JOB), "sick": service("echo no; exit 3")}
    program.write("app.yaml", compose(stack, services))
    program("apply", "--timeout", "10", expect=1)
    docker("service", "create", "--detach", "--name", f"{stack}_foreign", "--label", "a=b", "busybox", "sleep", "1000")

    listed = holds("ls", program("ls", "-o", "json"))
    found = {each["name"]: each for each in listed["services"]}
    assert found.keys() == {f"{stack}_web", f"{stack}_job", f"{stack}_sick"}
    assert (found[f"{stack}_web"]["running"], found[f"{stack}_web"]["desired"]) == (2, 2)
    assert (found[f"{stack}_job"]["verdict"], found[f"{stack}_job"]["running"]) == ("Completed", 1)
    assert [each["name"] for each in listed["stacks"]] == [stack]
    everything = holds("ls", program("ls", "--all", "-o", "json"))["services"]
    assert {each["verdict"] for each in everything if each["name"] == f"{stack}_foreign"} == {None}
    assert "services of others: --all shows them" in program("ls")

    sick = holds("ps", program("ps", f"{stack}/sick", "-o", "json"))["services"]
    assert [each["name"] for each in sick] == [f"{stack}_sick"]
    assert any("exit code 3" in task["error"] or "(3)" in task["error"] for task in sick[0]["tasks"])
    assert len(holds("ps", program("ps", stack, "-o", "json"))["services"]) == 3
    assert f"{stack}_foreign" in program("ps", f"{stack}_foreign")
    docker("service", "rm", f"{stack}_foreign")


def test_progress_goes_to_standard_error_and_nothing_wraps(program: Program, stack: str) -> None:
    name = "a-service-with-quite-a-long-name"
    program.write("app.yaml", compose(stack, {name: service(), "job": service("exit 0", JOB)}))
    with process(program, "apply") as applying:
        out, err = applying.communicate(timeout=120)
    assert applying.returncode == 0
    assert 'msg="create done"' in err
    assert "msg=" not in out
    assert out.startswith("service")
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.startswith(stack)}
    assert rows[f"{stack}_{name}"][1:3] == ["Ready", "1/1"]
    assert rows[f"{stack}_job"][1:3] == ["Completed", "1/1"]


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_names_never_break_in_a_terminal(program: Program, stack: str, columns: int) -> None:
    program.write("app.yaml", compose(stack, {"frontend": service(), "lost": service(image="busybx:latest")}))
    program("apply", "--timeout", "10", expect=1)
    command = [sys.executable, "-m", "reconciler", "status"]
    _, said = in_terminal(command, columns, {**os.environ, **program.environ})
    table = said.split("\n")[:6]
    assert any(f"{stack}_frontend" in line for line in table)
    assert any(f"{stack}_lost" in line for line in table)


def test_ctrl_c_says_what_was_left_undone(program: Program, stack: str) -> None:
    services = {"db": service("exec sleep 1000", "x-reconciler: {min_task_age: 10m}")}
    services["web"] = service(extra="depends_on: {db: {condition: service_healthy}}")
    program.write("app.yaml", compose(stack, services))
    with process(program, "apply") as applying:
        assert applying.stderr is not None
        first = [next(line for line in applying.stderr if 'msg="create waiting"' in line)]
        applying.send_signal(signal.SIGINT)
        out, err = applying.communicate(timeout=60)
    assert first
    assert applying.returncode == 130
    assert out == ""
    assert "stopped by Ctrl-C. Left undone:\n" in err
    assert f"  {stack}_web: Waiting" in err
    assert "`reconciler apply` does the rest" in err


def test_a_stack_that_isnt_there_cant_be_taken_down(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    program("apply")
    said = program.json("down", f"{stack}x", "--yes", expect=64)["error"]
    assert f"did you mean {stack}" in said
    with process(program, "down", stack, "--yes") as leaving:
        out, err = leaving.communicate(timeout=120)
    assert leaving.returncode == 0
    assert f"service {stack}_web: removed" in err
    assert out == f"stack {stack} is gone: 2 objects removed\n"


def test_a_watched_status_tells_what_changes(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    program("apply")
    with process(program, "status", "--watch", "-o", "json") as watching:
        assert watching.stdout is not None
        assert holds("status", watching.stdout.readline())["verdict"] == "Ready"
        docker("service", "scale", "--detach", f"{stack}_web=2")
        assert "deploy.replicas" in holds("status", watching.stdout.readline())["services"][0]["reason"]
        watching.send_signal(signal.SIGINT)
        watching.stdout.read()
        assert watching.wait(30) == 130
