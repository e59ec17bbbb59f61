"""Group of all commands: it finds a command by its name, and lists commands by sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup
from typer.main import get_install_completion_arguments

from reconciler import __version__
from reconciler.cli import hints
from reconciler.cli.catalogue import COMMANDS, SECTIONS
from reconciler.cli.declare import CONTEXT, declared
from reconciler.cli.parameters import settings_of
from reconciler.cli.typers import made, printing
from reconciler.errors import UsageError
from reconciler.settings.table import EVERYWHERE

VALUED = frozenset(flag for setting in EVERYWHERE for flag in setting.flags)
"""Options of every command that take a value: users may write them before the command, too."""


class Commands(TyperGroup):
    """Commands of the catalogue, each imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = COMMANDS.get(cmd_name)
        return declared(cmd_name, entry.load()) if entry else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise UsageError(hints.unknown_command(args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        width = max(map(len, COMMANDS))
        for section in SECTIONS:
            shown = [entry for entry in COMMANDS.values() if entry.section == section and not entry.alias]
            rows = [(entry.name.ljust(width), entry.summary) for entry in shown]
            with formatter.section(section):
                formatter.write_dl(rows)


def options_after(arguments: Sequence[str]) -> list[str]:
    """Move options from before the command to behind it: ``--owner a plan`` becomes ``plan --owner a``.

    If anything other than an option of every command comes first, return the arguments unchanged.
    """
    rest = list(arguments)
    before: list[str] = []
    while rest and rest[0].startswith("-"):
        name, sign, _ = rest[0].partition("=")
        if rest[0].startswith("--") and sign and name in VALUED:
            before.append(rest.pop(0))
        elif rest[0] in VALUED and len(rest) > 1:
            before += [rest.pop(0), rest.pop(0)]
        elif rest[0][:2] in VALUED and not rest[0].startswith("--"):
            before.append(rest.pop(0))
        else:
            return list(arguments)
    return [*rest[:1], *before, *rest[1:]] if rest else list(arguments)


def group() -> Any:
    """Return the whole command line."""
    version = printing("--version", __version__, help="Print it and exit.")
    return Commands(
        name="reconciler",
        params=[*map(made, settings_of("")), version, *get_install_completion_arguments()],
        callback=_everywhere,
        help="Keeps a Docker Swarm exactly as the Compose files in desired/ say.",
        epilog="Settings are also taken from the environment (RECONCILER_DESIRED is --desired, and so on), and from "
        "the file that --config names.",
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings=dict(CONTEXT),
    )


def _everywhere(**_: Any) -> None:
    """Do nothing: options before a command are left to the command itself."""
