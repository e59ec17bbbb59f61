"""What is known of commands without their modules is what the modules say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.cli.catalogue import COMMANDS, SECTIONS, CommandEntry
from reconciler.cli.command_group import VALUED, options_after
from reconciler.cli.declare import declared, model_of
from reconciler.cli.parameters import parameters, settings_of
from reconciler.settings.kinds import Flag


@pytest.mark.parametrize("entry", COMMANDS.values(), ids=lambda entry: entry.name)
def test_the_summary_is_the_first_line_of_the_command(entry: CommandEntry) -> None:
    function = entry.load()
    assert (function.__doc__ or "").splitlines()[0] == entry.summary
    assert entry.section in SECTIONS


@pytest.mark.parametrize("entry", COMMANDS.values(), ids=lambda entry: entry.name)
def test_every_command_takes_the_options_that_may_stand_before_it(entry: CommandEntry) -> None:
    command = declared(entry.name, entry.load())
    taken = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert taken >= VALUED
    hidden = {each.attribute for each in parameters(model_of(entry.load()), entry.name) if each.hidden}
    assert {each.name for each in command.params if getattr(each, "hidden", False)} == hidden


def test_all_options_of_every_command_may_stand_before_it() -> None:
    common = settings_of("")
    assert {flag for option in common for flag in option.flags} == VALUED
    assert not any(isinstance(option.kind, Flag) for option in common)  # each of them takes a value


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ("plan", "plan"),
        ("--owner a plan -d x", "plan --owner a -d x"),
        ("-H unix:///s --output=json -dfiles status web", "status -H unix:///s --output=json -dfiles web"),
        ("--owner a entrypoint -- app --owner b", "entrypoint --owner a -- app --owner b"),
        ("--version", "--version"),
        ("--owner a --nonsense plan", "--owner a --nonsense plan"),
        ("--owner a", "--owner a"),
        ("--owner", "--owner"),
        ("", ""),
    ],
)
def test_options_of_every_command_may_stand_before_it(given: str, after: str) -> None:
    assert options_after(given.split()) == after.split()


def test_a_command_imports_no_other_one() -> None:
    code = (
        "import sys; sys.argv[1:] = ['plan', '--help']; from reconciler.cli.start import main\ntry: main()\nfinally: "
    )
    code += "print(sorted(name for name in sys.modules if name.startswith('reconciler.cli.commands.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "['reconciler.cli.commands.plan']"
