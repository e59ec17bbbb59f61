"""What is said of commands and options that aren't there."""

from __future__ import annotations

import json
import re

import pytest

from reconciler.cli import hints
from reconciler.cli.catalogue import COMMANDS
from tests.unit.cli.test_commands import NOBODY, holds, run


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("sync", "reconciler reload"),
        ("up", "reconciler apply"),
        ("deploy", "reconciler apply"),
        ("destroy", "reconciler down STACK"),
        ("rm", "reconciler down STACK"),
        ("get", "reconciler ls"),
        ("rollback", "git revert"),
        ("drift", "reconciler plan"),
        ("DEPLOY", "reconciler apply"),
        ("plna", "did you mean plan?"),
        ("stat", "did you mean status?"),
        ("explian", "did you mean explain"),
        ("xyzzy", "reconciler help"),
        ("", "reconciler help"),
        ("x" * 100_000, "reconciler help"),
    ],
)
def test_an_unknown_command(said: str, hint: str) -> None:
    words = hints.unknown_command(said, COMMANDS)
    assert hint in words
    assert len(words) < 300


def test_no_hint_hides_a_command_or_names_one_that_isnt_there() -> None:
    assert not hints.COMMANDS.keys() & COMMANDS.keys()
    named = set(re.findall(r"`reconciler ([a-z]+)", " ".join([*hints.COMMANDS.values(), *hints.OPTIONS.values()])))
    assert named <= COMMANDS.keys()


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("plan --detailed", "did you mean --detailed-exitcode?"),
        ("plan --alow-prune-all", "did you mean --allow-prune-all?"),
        ("plan --dry-run", "`reconciler plan` writes nothing"),
        ("plan --timeout 5m", "that is an option of `apply`"),
        ("apply -f a.yaml", "--desired DIR"),
        ("apply --json", "--output json"),
        ("--nonsense plan", "`reconciler --help`"),
        ("plan -x", "`reconciler plan --help`"),
    ],
)
def test_an_unknown_option(line: str, hint: str) -> None:
    done = run(*line.split())
    assert done.returncode == 64
    assert "has no option" in done.stderr
    assert hint in done.stderr


def test_an_unknown_command_as_json() -> None:
    done = run("statsu", "--output", "json")
    assert done.returncode == 64
    holds("error", done.stdout)
    assert "did you mean status?" in json.loads(done.stdout)["error"]


@pytest.mark.parametrize("arguments", [("apply", "--timeout", "5x"), ("--pass-timeout", "soon", "plan")])
def test_a_bad_time_says_what_is_right(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 64
    assert "isn't a time: write seconds (90), or numbers with units (90s, 5m, 1h30m)" in done.stderr


def test_a_bad_time_in_the_environment_is_told_as_such() -> None:
    done = run("apply", RECONCILER_TIMEOUT="5x")
    assert done.returncode == 64
    assert "RECONCILER_TIMEOUT in the environment: " in done.stderr


def test_version_without_an_engine() -> None:
    done = run("version", "--host", NOBODY)
    assert done.returncode == 0
    assert done.stdout.startswith("reconciler 0.")
    assert "no engine answers" in done.stdout
    said = run("version", "--host", NOBODY, "-o", "json").stdout
    holds("version", said)
    assert json.loads(said)["engine"] is None


def test_help_of_a_command_and_of_all() -> None:
    assert run("help").stdout == run("--help").stdout
    assert run("help", "plan").stdout == run("plan", "--help").stdout
    assert run("help", "nope").returncode == 64


@pytest.mark.parametrize("command", ["plan", "diff", "apply", "status", "validate", "render", "explain"])
def test_a_folder_that_isnt_there(command: str) -> None:
    done = run(command, *(["web"] if command == "explain" else []), "--desired", "/nope", "--host", NOBODY)
    assert done.returncode == 64
    assert "/nope doesn't exist: name the folder" in done.stderr
