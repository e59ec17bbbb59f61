"""The program as a process: exit codes, streams, and no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[3]
NOBODY = "unix:///nowhere/docker.sock"


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER_", "RECONCILER_"))}
    environ |= {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "LINES": "24"}
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def holds(name: str, text: str) -> None:
    jsonschema.validate(json.loads(text), json.loads((ROOT / "schemas" / f"{name}.json").read_text()))


@pytest.mark.parametrize(
    "command",
    ["", "run", "plan", "apply", "status", "validate", "render", "reload", "explain", "history", "suspend", "down"],
)
def test_help_fits_a_screen(command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) <= (24 if command else 30)  # of all commands one line each
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("arguments", [["--nonsense"], ["plan", "--output", "xml"], ["nonsense"], ["plan", "--host"]])
def test_a_wrong_command_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 64
    assert "Error: " in done.stderr


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


def test_reload_touches_the_trigger_though_no_engine_answers(tmp_path: Path) -> None:
    desired = tmp_path / "desired"
    desired.mkdir()
    done = run("reload", "-d", str(desired), "--host", NOBODY)
    assert done.returncode == 0
    assert (tmp_path / ".reload-trigger").exists()
    assert "can't be told" in done.stderr
    holds("reload", run("reload", "-d", str(desired), "--host", NOBODY, "-o", "json").stdout)


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
