"""``reconciler help``: what a command does, and its options."""

from __future__ import annotations

from typing import ClassVar

from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import argument
from reconciler.exit_codes import DONE
from reconciler.records import dataclass
from reconciler.settings.table import EVERYWHERE


@dataclass(frozen=True, kw_only=True)
class HelpOptions(CommonOptions):
    """Options of ``help``."""

    HIDDEN: ClassVar[frozenset[str]] = frozenset(each.attribute for each in EVERYWHERE)

    command: str = argument("[COMMAND]", help="Which one; none for a list of all.", default="")


def help_(options: HelpOptions) -> int:
    """Show what a command does, and its options."""
    from reconciler.cli.command_group import group

    arguments = [options.command] if options.command else []
    group().main([*arguments, "--help"], prog_name="reconciler", standalone_mode=False)
    return DONE
