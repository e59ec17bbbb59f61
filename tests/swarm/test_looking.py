"""Commands that only look agree with the loop that runs here: it answers them itself."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until


def test_where_a_loop_runs_it_answers(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service(), "other": service()}))
    with program.loop() as loop:
        loop.ready()
        for arguments in (("status",), ("plan",), ("history",), ("explain", "web"), ("ls",), ("ps",)):
            assert program.json(*arguments)["source"] == "loop"
        assert "Nothing to do" in program("plan")
        assert "verdict: Ready" in program("status")
    looked = program.json("status")
    assert looked["source"] == "look"
    assert [each["name"] for each in looked["services"]] == [f"{stack}_web", f"{stack}_other"]


def test_the_last_good_state_of_a_broken_file_is_in_the_table(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service(), "other": service()}))
    with program.loop() as loop:
        loop.ready()
        program.write("app.yaml", "services: [")
        told = until(lambda: _with_errors(program), 60, "the fault is reported")
        assert {each["name"]: each["verdict"] for each in told["services"]} == {
            f"{stack}_web": "Ready",
            f"{stack}_other": "Ready",
        }
        assert told["verdict"] != "Ready"
        for command in ("ls", "ps"):
            listed = program.json(command)["services"]
            assert {each["name"]: each["verdict"] for each in listed} == {
                f"{stack}_web": "Ready",
                f"{stack}_other": "Ready",
            }
        assert "Nothing\n" not in program("explain", "web")
    alone = program.json("status", expect=65)
    assert {each["name"] for each in alone["services"]} == {f"{stack}_web", f"{stack}_other"}
    assert alone["verdict"] != "Ready"


def test_another_folder_or_engine_is_looked_at_without_the_loop(program: Program, stack: str, tmp_path: Path) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    other = tmp_path / "other"
    other.mkdir()
    with program.loop() as loop:
        loop.ready()
        done = _run(program, "plan", "--desired", str(other), "--output", "json")
        assert "the loop that runs here keeps" in done.stderr
        assert json.loads(done.stdout)["source"] == "look"
        done = _run(program, "status", "--host", "unix:///nowhere/docker.sock")
        assert "the loop that runs here acts on" in done.stderr
        assert done.returncode == 69


def test_a_folder_that_somebody_names_has_to_exist(program: Program, tmp_path: Path) -> None:
    for command in ("ls", "ps", "status", "plan"):
        done = _run(program, command, "--desired", str(tmp_path / "nope"))
        assert (done.returncode, done.stdout) == (64, "")
        assert "nope doesn't exist" in done.stderr
    (tmp_path / "elsewhere").mkdir()
    alone = _run(program, "ls", without="RECONCILER_DESIRED", cwd=tmp_path / "elsewhere")
    assert alone.returncode == 0
    assert "desired doesn't exist: without files there are no verdicts" in alone.stderr


def test_a_folder_that_nobody_names_is_the_loops(program: Program, stack: str, tmp_path: Path) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    with program.loop() as loop:
        loop.ready()
        done = _run(program, "status", "--output", "json", without="RECONCILER_DESIRED", cwd=tmp_path)
        assert json.loads(done.stdout)["source"] == "loop"
        assert done.stderr == ""


def _with_errors(program: Program) -> dict[str, Any] | None:
    done = _run(program, "status", "--output", "json")
    found: dict[str, Any] = json.loads(done.stdout)
    return found if found["errors"] and done.returncode == 65 else None


def _run(
    program: Program, *arguments: str, without: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in {**os.environ, **program.environ}.items() if name != without}
    command = program._command(*arguments)
    return subprocess.run(command, env=environ, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
