"""The page of commands, from the settings and options that they take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hack.reference.tables import NOTE, table
from reconciler.cli.catalogue import COMMANDS, SECTIONS
from reconciler.cli.declare import declared, model_of
from reconciler.cli.parameters import Parameter, parameters, settings_of

EXIT_CODES = {
    "run": "0",
    "apply": "0; 1 failed, degraded, or held until somebody acts; 130 or 143 stopped by Ctrl-C or SIGTERM",
    "reload": "0; 1 failed, degraded, held, or not settled in time; 69 no loop, or no engine, was reached",
    "suspend": "0",
    "resume": "0",
    "down": "0; 1 something is left",
    "plan": "0; 1 something is held until somebody acts; 2 changes are pending or held (`--detailed-exitcode`)",
    "diff": "as `plan`",
    "status": "0; 1 degraded, or held until somebody acts",
    "ls": "0",
    "ps": "0",
    "logs": "0; 130 stopped by Ctrl-C",
    "explain": "0",
    "history": "0",
    "validate": "0",
    "render": "0",
    "import": "0",
    "entrypoint": "0; the app's own code; 126 or 127 the app can't be started; 69 no engine",
    "config": "0; 65 the settings file doesn't load",
    "version": "0",
    "token": "0",
    "help": "0",
    "healthcheck": "0; 1 unhealthy",
}


def commands() -> str:
    """Return the page of all commands."""
    parts = [f"# Commands\n\n{NOTE}\n"]
    parts.append(
        "Options of every command may stand before or after its name. An option that has a variable is a\n"
        "[setting](settings.md). Times are seconds (`90`), or numbers with units (`5m`, `1h30m`).\n\n"
        "Besides the exit codes below, every command exits with 64 for a wrong command line, 65 for desired\n"
        "state that doesn't load, and 69 for an engine that can't be reached.\n"
    )
    parts.append("## Options of every command\n\n" + _options(settings_of("")))
    for section in SECTIONS:
        for entry in (each for each in COMMANDS.values() if each.section == section):
            parts.append(_command(entry.name, entry.summary))
    return "\n".join(parts)


def _command(name: str, summary: str) -> str:
    function = COMMANDS[name].load()
    command = declared(name, function)
    usage = " ".join(["reconciler", name, *map(_piece, command.collect_usage_pieces(_context(command)))])
    common = {each.attribute for each in settings_of("")}
    taken = [each for each in parameters(model_of(function), name) if not each.argument]
    own = [each for each in taken if each.attribute not in common and not each.hidden]
    text = [f"## {name}\n\n{summary}\n\n```text\n{usage}\n```\n\nExit codes: {EXIT_CODES[name]}.\n"]
    _, _, rest = (command.help or "").partition("Raises:")[0].partition("\n\n")
    return "\n".join([*text, *([rest.strip() + "\n"] if rest.strip() else []), *([_options(own)] if own else [])])


def _piece(usage: str) -> str:
    """Return a part of a usage line without the brackets that typer puts around parts that have their own."""
    bare = usage.removesuffix("...") if usage.endswith("]...") else usage
    return bare[1:-1] if bare.startswith(("[[", "{")) else bare


def _context(command: Any) -> Any:
    return command.make_context(command.name, [], resilient_parsing=True)


def _options(options: Sequence[Parameter]) -> str:
    rows = (
        (
            ", ".join(f"`{flag}`" for flag in option.flags),
            f"`{option.variable}`" if option.variable else "",
            f"`{option.default}`" if option.default else "",
            option.help,
        )
        for option in options
    )
    return table(("option", "variable", "default", "meaning"), rows)
