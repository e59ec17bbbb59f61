"""The short way reads a command line as typer does, or leaves it to typer."""

from __future__ import annotations

import os
from typing import Any

import pytest

from reconciler.cli import quick
from reconciler.cli.catalogue import COMMANDS
from reconciler.cli.declare import declared, model_of
from reconciler.cli.invoking import options_of
from reconciler.errors import UsageError
from reconciler.settings.table import TABLE

LINES = [
    "",
    "-d x",
    "--desired x --desired=y",
    "--desired=",
    "-o json",
    "--output=json --host tcp://a:1",
    "-H unix:///a -d b",
    "web",
    "--timeout 5m",
    "--timeout=90 --all",
    "--min-task-age 1m30s --ready-timeout 7",
    "--check --show-values",
    "--no-wait",
    "--wait box",
    "--allow-prune-all --committed",
    "--limit 3 web",
    "--owner a --pass-timeout 2m --redact all",
    "--detailed-exitcode",
    "--allow-path a --allow-path=b/c",
]
ODD = [
    "-h",
    "--help",
    "--nope",
    "-o xml",
    "--timeout -1",
    "--limit x",
    "a b c",
    "--",
    "-dx",
    "--all=1",
    "--desired",
    "-d -o",
]
ENVIRONS: list[dict[str, str]] = [
    {},
    {"RECONCILER_DESIRED": "there", "RECONCILER_OUTPUT": "json", "RECONCILER_OWNER": "b", "RECONCILER_HOST": ""},
    {"RECONCILER_COMMITTED": "1", "RECONCILER_ALLOW_PRUNE_ALL": "no", "RECONCILER_MIN_TASK_AGE": "2s"},
    {"RECONCILER_COMMITTED": "perhaps"},
    {"RECONCILER_ALLOW_PATHS": "/a:b"},
]
NAMES = sorted(quick.QUICK & COMMANDS.keys())


@pytest.mark.parametrize("environ", ENVIRONS, ids=str)
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_plain_is_read_as_typer_reads_it(
    name: str, line: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("RECONCILER_")]:
        monkeypatch.delenv(variable)
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    model = model_of(COMMANDS[name].load())
    try:
        given = quick.parsed(model, name, line.split())
    except quick.NotPlain:
        return
    taken, code = _typers(name, line.split())
    if (
        environ.get("RECONCILER_COMMITTED") == "perhaps"
        and "--committed" not in line
        and TABLE["committed"].covers(name)
    ):
        assert (taken, code) == ([], 64)
        with pytest.raises(UsageError, match="RECONCILER_COMMITTED in the environment: 'perhaps' is neither"):
            options_of(model, name, given, os.environ)
    else:
        assert taken == [options_of(model, name, given, os.environ)]


def test_the_usual_command_lines_are_plain() -> None:
    plain = {"plan": "-d x", "status": "--all", "apply": "--timeout 5m", "explain": "web", "history": "--limit 3"}
    for name, line in plain.items():
        quick.parsed(model_of(COMMANDS[name].load()), name, line.split())


@pytest.mark.parametrize("line", ODD)
@pytest.mark.parametrize("name", NAMES)
def test_what_isnt_plain_is_left_to_typer(name: str, line: str) -> None:
    with pytest.raises(quick.NotPlain):
        quick.parsed(model_of(COMMANDS[name].load()), name, line.split())


def _typers(name: str, arguments: list[str]) -> tuple[list[Any], int]:
    """The options as typer reads them, and the exit code."""
    taken: list[Any] = []
    model = model_of(COMMANDS[name].load())

    def take(options: Any) -> int:
        taken.append(options)
        return 0

    take.__annotations__["options"] = model
    return taken, declared(name, take).main(arguments, prog_name=name, standalone_mode=False)
