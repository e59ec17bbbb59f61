"""The pages of commands and of settings, from the options that commands declare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from hack.reference.tables import NOTE, table
from reconciler.cli.catalogue import COMMANDS, SECTIONS
from reconciler.cli.declare import declared
from reconciler.cli.options import CommonOptions

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
    "version": "0",
    "help": "0",
    "healthcheck": "0; 1 unhealthy",
}
OTHER_VARIABLES = (
    ("RECONCILER_RUN_DIR", "`/run/reconciler`, else `$XDG_RUNTIME_DIR/reconciler`", "Folder of the control socket."),
    ("COMPOSE_PROFILES", "", "Profiles of Compose files that count, separated by commas."),
    ("DOCKER_HOST, DOCKER_CONTEXT", "", "Which engine, as for Docker's own client."),
    ("DOCKER_TLS_VERIFY, DOCKER_CERT_PATH", "", "TLS to that engine, as for Docker's own client."),
    ("DOCKER_CONFIG", "`~/.docker`", "Folder of Docker's `config.json`, with the credentials of registries."),
    ("NO_COLOR", "", "Any value turns colours off."),
)


def commands() -> str:
    """Return the page of all commands."""
    parts = [f"# Commands\n\n{NOTE}\n"]
    parts.append(
        "Options of every command may stand before or after its name. An option that has a variable can be set\n"
        "in the environment instead. Times are seconds (`90`), or numbers with units (`5m`, `1h30m`).\n\n"
        "Besides the exit codes below, every command exits with 64 for a wrong command line, 65 for desired\n"
        "state that doesn't load, and 69 for an engine that can't be reached.\n"
    )
    parts.append("## Options of every command\n\n" + _options(_common()))
    for section in SECTIONS:
        for entry in (each for each in COMMANDS.values() if each.section == section):
            parts.append(_command(entry.name, entry.summary))
    return "\n".join(parts)


def settings() -> str:
    """Return the page of all variables of the environment."""
    rows = []
    for variable, found in sorted(_variables().items()):
        option, takers = found
        names = ", ".join(f"`{name}`" for name in takers) if len(takers) < len(COMMANDS) - 2 else "every command"
        rows.append((f"`{variable}`", f"`{max(option.opts, key=len)}`", _default(option), _words(option), names))
    others = [(", ".join(f"`{name}`" for name in names.split(", ")), *rest) for names, *rest in OTHER_VARIABLES]
    return (
        f"# Settings\n\n{NOTE}\n\n"
        "A setting is an option of a command or a variable of the environment; the option wins. Containers are set by\n"
        "variables: `reconciler entrypoint` takes all settings of `run` too.\n\n"
        + table(("variable", "option", "default", "meaning", "commands"), rows)
        + "\nThese have no option:\n\n"
        + table(("variable", "default", "meaning"), others)
    )


def _command(name: str, summary: str) -> str:
    command = declared(name, COMMANDS[name].load())
    usage = " ".join(["reconciler", name, *map(_piece, command.collect_usage_pieces(_context(command)))])
    common = {option.name for option in _common()}
    own = [each for each in _shown(command) if each.name not in common and not each.hidden]
    text = [f"## {name}\n\n{summary}\n\n```text\n{usage}\n```\n\nExit codes: {EXIT_CODES[name]}.\n"]
    _, _, rest = (command.help or "").partition("Raises:")[0].partition("\n\n")
    return "\n".join([*text, *([rest.strip() + "\n"] if rest.strip() else []), *([_options(own)] if own else [])])


def _piece(usage: str) -> str:
    """Return a part of a usage line without the brackets that typer sets around what has its own."""
    bare = usage.removesuffix("...") if usage.endswith("]...") else usage
    return bare[1:-1] if bare.startswith(("[[", "{")) else bare


def _context(command: Any) -> Any:
    return command.make_context(command.name, [], resilient_parsing=True)


def _shown(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option" and each.name != "help"]


def _common() -> list[Any]:
    """Return the options that every command has, as the least of them shows them."""
    return [each for each in _shown(declared("render", COMMANDS["render"].load())) if each.name in _everywhere()]


def _everywhere() -> frozenset[str]:
    return frozenset(each.name for each in fields(CommonOptions))


def _variables() -> dict[str, tuple[Any, list[str]]]:
    """Return, by variable, its option and the commands that take it."""
    found: dict[str, tuple[Any, list[str]]] = {}
    for name in COMMANDS:
        for option in _shown(declared(name, COMMANDS[name].load())):
            if option.envvar:
                found.setdefault(str(option.envvar), (option, []))[1].append(name)
    return found


def _options(options: Sequence[Any]) -> str:
    rows = (
        (
            ", ".join(f"`{each}`" for each in option.opts),
            f"`{option.envvar}`" if option.envvar else "",
            _default(option),
            _words(option),
        )
        for option in options
    )
    return table(("option", "variable", "default", "meaning"), rows)


def _words(option: Any) -> str:
    text, _, _ = str(option.help or "").partition(" [")
    return text


def _default(option: Any) -> str:
    """Return the default: as the help writes it in brackets, else as the model has it."""
    _, sign, written = str(option.help or "").partition(" [")
    if sign:
        return f"`{written.rstrip(']')}`"
    default = option.default
    if default is None or default == "" or callable(default):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else getattr(default, 'value', default)}`"
