"""The group of all commands: it finds a command by its name, and lists them by sections."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from reconciler import __version__
from reconciler.cli import hints
from reconciler.cli.catalogue import COMMANDS, SECTIONS
from reconciler.cli.declare import CONTEXT, declared, parameters, typers
from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import setting
from reconciler.errors import UsageError

VALUED = frozenset(
    {"--desired", "-d", "--host", "-H", "--output", "-o", "--owner", "--pass-timeout", "--redact", "--allow-path"}
)
"""Options of every command, each with a value: they may stand before the command, too."""


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
    """Move what stands before the command behind it: ``--owner a plan`` is ``plan --owner a``.

    Where anything else than the options of every command stands there, all is left as it is.
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
    app = typer.Typer(
        name="reconciler",
        cls=Commands,
        help="Keeps a Docker Swarm exactly as the Compose files in desired/ say.",
        epilog="Settings are also taken from the environment: RECONCILER_DESIRED is --desired, and so on.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=dict(CONTEXT),
    )

    def everywhere(**_: Any) -> None:
        """Options that stand before a command are read by the command itself."""

    vars(everywhere)["__signature__"] = _signature()
    app.callback()(everywhere)
    return typer.main.get_command(app)


def _signature() -> inspect.Signature:
    everywhere = type("Everywhere", (CommonOptions,), {"HIDDEN": frozenset()})
    version = inspect.Parameter("version", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Version)
    return inspect.Signature([*parameters(everywhere), version])


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


Version = Annotated[bool, typers(setting("--version", callback=_version, is_eager=True, help="Print it and exit."))]
