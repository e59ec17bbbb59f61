"""History on a real Swarm: it outlives us, whoever acts, and keeps still when nothing happens."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jsonschema

from reconciler.loop.history import PAUSE
from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

SCHEMA = Path(__file__).parents[2] / "schemas" / "history.json"


def test_what_was_done_is_told_by_whoever_asks_and_outlives_us(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"a": service(extra="environment: {LEVEL: info}"), "b": service()}))
    with program.loop() as loop:
        loop.ready()
        until(lambda: _verdicts(program, f"{stack}_a")[-1:] == ["Ready"], 20, "the start is told")
        seen = len(loop.reports)
        program.write("app.yaml", compose(stack, {"a": service(extra="environment: {LEVEL: debug}"), "b": service()}))
        loop.report(lambda report: bool(report["actions"]), seen)
        until(lambda: "LEVEL" in str(_told(program, "a")), 20, "the change is told")
        loop.process.kill()
    with program.loop() as loop:
        loop.ready()
        seen = len(loop.reports)
        docker("service", "scale", "--detach", f"{stack}_b=2")
        loop.report(lambda report: bool(report["actions"]), seen)
        until(lambda: "deploy.replicas" in str(_told(program, "b")), 20, "the next process goes on")
    found = program.json("history", "--limit", "0")
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    numbers = [entry["number"] for entry in found["entries"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({entry["by"] for entry in found["entries"]}) == 2
    changes = [change for entry in _told(program, "a") for action in entry["actions"] for change in action["changes"]]
    hidden = {"path": "environment.LEVEL", "before": "••••", "after": "••••", "redacted": True}
    assert changes == [{**hidden, "shortened": False}]
    assert [action["action"] for entry in _told(program, "a") for action in entry["actions"]] == ["create", "update"]
    said = program("history", f"{stack}/a")
    assert "environment.LEVEL: •••• → •••• (changed)" in said
    assert f"{stack}_b" not in said
    program("down", stack, "--yes")
    assert f"remove service {stack}_b" in program("history", f"{stack}/b", "--limit", "1")
    assert "did you mean" in program.json("history", f"{stack}/aa", expect=64)["error"]


def test_passes_that_do_nothing_write_nothing(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"a": service()}))
    with program.loop() as loop:
        loop.ready()
        until(lambda: _verdicts(program, f"{stack}_a")[-1:] == ["Ready"], 20, "the start is told")
        before, seen = _versions(docker, stack), len(loop.reports)
        program.trigger.touch()
        loop.report(lambda report: bool(report["forced"]), seen)
        time.sleep(2 * PAUSE)
        assert _versions(docker, stack) == before
        assert not any("history" in wake for report in loop.reports for wake in report["wakes"])


def _told(program: Program, key: str) -> Any:
    return program.json("history", f"{program.owner}/{key}", "--limit", "0")["entries"]


def _verdicts(program: Program, name: str) -> list[str]:
    entries = program.json("history", "--limit", "0")["entries"]
    return [each["after"] for entry in entries for each in entry["verdicts"] if each["service"] == name]


def _versions(docker: Docker, owner: str) -> str:
    names = docker("config", "ls", "--quiet", "--filter", f"name={owner}-history").split()
    return docker("config", "inspect", *names, "--format", "{{.Spec.Name}} {{.Version.Index}}")
