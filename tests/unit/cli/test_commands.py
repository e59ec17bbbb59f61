"""The program as a process: exit codes, streams, and no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest

from reconciler.cli.catalogue import COMMANDS
from tests.swarm.waiting import until

ROOT = Path(__file__).parents[3]
NOBODY = "unix:///nowhere/docker.sock"


def environment(**other: str) -> dict[str, str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER_", "RECONCILER_"))}
    return environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "LINES": "24"} | other


def run(*arguments: str, cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=cwd,
        env=environment(**environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@contextmanager
def looping(*arguments: str, **environ: str) -> Iterator[None]:
    """A command that goes on until it is told to stop."""
    command = [sys.executable, "-m", "reconciler", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(**environ), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def holds(name: str, text: str) -> None:
    jsonschema.validate(json.loads(text), json.loads((ROOT / "schemas" / f"{name}.json").read_text()))


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_screen(command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) <= {"": 60, "entrypoint": 30}.get(command, 24)  # of all commands one line each
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("arguments", [["--nonsense"], ["plan", "--output", "xml"], ["nonsense"], ["plan", "--host"]])
def test_a_wrong_command_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 64
    assert done.stderr.startswith("error: ")


@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_an_engine_that_isnt_there(command: str, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("services: {web: {image: a}}")
    text = run(command, "--host", NOBODY, "--desired", str(tmp_path))
    assert text.returncode == 69
    assert f"no engine answers at {NOBODY}" in text.stderr
    said = run(command, "--host", NOBODY, "--desired", str(tmp_path), "--output", "json")
    assert said.returncode == 69
    holds("error", said.stdout)


def test_validate(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("services: {web: {image: a, build: .}}")
    good = run("validate", "-d", str(tmp_path))
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "1 stacks with 1 services load, 0 errors, 1 warnings")
    (tmp_path / "bad.yaml").write_text("services: {web: {imag: a}}")
    bad = run("validate", "-d", str(tmp_path), "-o", "json")
    assert bad.returncode == 65
    holds("validate", bad.stdout)
    assert {fault["file"] for fault in json.loads(bad.stdout)["errors"]} == {"bad.yaml"}
    assert "bad.yaml:1:" in run("render", "-d", str(tmp_path)).stderr


def test_render_hides_secrets(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(
        "services: {web: {image: a, secrets: [s]}}\n"
        "secrets: {s: {content: hunter2}, g: {x-reconciler: {generate: true}}}"
    )
    said = run("render", "-d", str(tmp_path))
    objects = json.loads(said.stdout)
    assert set(objects) == {"services", "networks", "volumes", "configs", "secrets"}
    assert objects["secrets"]["app_s"]["Data"] == 7
    assert objects["secrets"]["app_g"]["Data"] == 32
    assert "hunter2" not in said.stdout


def test_reload_without_a_loop_says_which_ways_it_tried(tmp_path: Path) -> None:
    desired, folder = tmp_path / "desired", str(tmp_path / "run")
    desired.mkdir()
    done = run("reload", "-d", str(desired), "--host", NOBODY, RECONCILER_RUN_DIR=folder)
    assert done.returncode == 69
    assert (tmp_path / ".reload-trigger").exists()
    for said in ("nothing listens at", "no loop has written", "was touched, and whether", "can't be told"):
        assert said in done.stderr
    holds("error", run("reload", "-d", str(desired), "--host", NOBODY, "-o", "json", RECONCILER_RUN_DIR=folder).stdout)


def test_a_health_check_tells_of_a_loop_that_isnt_there_and_of_one_without_an_engine(tmp_path: Path) -> None:
    folder = str(tmp_path / "run")
    away = run("healthcheck", RECONCILER_RUN_DIR=folder)
    assert (away.returncode, away.stderr) == (1, "")
    assert away.stdout.startswith("unhealthy: no loop runs here")
    with looping("run", "-d", str(tmp_path), "--host", NOBODY, RECONCILER_RUN_DIR=folder):
        until(
            lambda: "engine can't be asked" in run("healthcheck", RECONCILER_RUN_DIR=folder).stdout, what="it says so"
        )
        assert run("healthcheck", RECONCILER_RUN_DIR=folder).returncode == 1
        assert run("--owner", "else", "healthcheck", RECONCILER_RUN_DIR=folder).stdout.startswith(
            "unhealthy: no loop runs here"
        )
    assert run("healthcheck", RECONCILER_RUN_DIR=folder).stdout.startswith("unhealthy: no loop runs here")


def test_a_health_check_imports_little() -> None:
    code = "import sys; sys.argv[1:] = ['healthcheck']; from reconciler.cli.start import main\ntry: main()\nfinally: "
    code += "print(sorted({'docker', 'pydantic', 'typer', 'asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_and_completion() -> None:
    assert run("--version").stdout.strip()[0].isdigit()
    done = subprocess.run(
        [sys.executable, "-m", "reconciler"],
        env={**os.environ, "_RECONCILER_COMPLETE": "complete_bash", "COMP_WORDS": "reconciler va", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "validate" in done.stdout


@pytest.mark.parametrize("command", ["run", "plan", "apply", "status"])
def test_committed_needs_a_checkout(command: str, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("services: {web: {image: a}}")
    done = run(command, "--host", NOBODY, "--desired", str(tmp_path), "--committed")
    assert done.returncode == 64
    assert "lies in no git checkout" in done.stderr
