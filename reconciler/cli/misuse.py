"""Messages about a wrong command line: what is wrong, and what would be right."""

from __future__ import annotations

from typing import Any

from typer.exceptions import TyperException

from reconciler.cli import hints
from reconciler.cli.catalogue import COMMANDS
from reconciler.cli.declare import declared


def words(error: TyperException) -> str:
    """Return the message for an error that typer found in the command line."""
    context = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    if context is None:
        return error.format_message()
    name = context.info_name if context.parent else ""
    if option and type(error).__name__ == "NoSuchOption":
        return hints.unknown_option(option, _names(context.command), name, _elsewhere(option, name))
    help_ = f"`reconciler {name} --help`" if name else "`reconciler --help`"
    return f"{error.format_message()}\n    {help_} says more"


def _names(command: Any) -> set[str]:
    """Return the names of the options that the help of a command shows."""
    shown = (each for each in command.params if each.param_type_name == "option" and not each.hidden)
    return {name for each in shown for name in (*each.opts, *each.secondary_opts)}


def _elsewhere(option: str, asked: str) -> list[str]:
    """Return the commands that do have this option."""
    if not option.startswith("--"):
        return []
    own = (entry for entry in COMMANDS.values() if entry.name != asked and not entry.alias)
    return [entry.name for entry in own if option in _names(declared(entry.name, entry.load()))]
