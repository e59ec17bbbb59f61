"""Parameters of a command line: settings of the table, and arguments and switches of one command.

Those of one command are fields of its options. This module doesn't import typer, which takes as long as a whole command
that asks the loop: ``declare`` makes typer's objects from these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, field, fields, replace
from typing import TYPE_CHECKING, Any

from reconciler.records import dataclass
from reconciler.settings.kinds import Flag, Kind
from reconciler.settings.setting import Setting
from reconciler.settings.table import TABLE

if TYPE_CHECKING:
    from reconciler.cli.options import CommonOptions

TEXT = Kind()


@dataclass(frozen=True, slots=True)
class Parameter:
    """An option, or an argument. ``flags`` are its names; a switch may have a pair such as ``--yes/--no``."""

    attribute: str
    kind: Kind
    help: str
    flags: tuple[str, ...] = ()
    metavar: str = ""
    default: str = ""
    """Default as the help shows it."""
    variable: str = ""
    argument: bool = False
    required: bool = False
    hidden: bool = False
    setting: bool = False
    """Whether it is a row of the table."""

    @classmethod
    def of(cls, setting: Setting, *, hidden: bool) -> Parameter:
        """Return the option of a setting."""
        default = "" if setting.default is False else setting.shown_default
        return cls(
            attribute=setting.attribute,
            kind=setting.kind,
            help=setting.help,
            flags=setting.flags,
            metavar=setting.metavar,
            default=default,
            variable=setting.variable,
            hidden=hidden,
            setting=True,
        )


def option(default: Any, kind: Kind, *flags: str, help: str, metavar: str = "") -> Any:  # noqa: A002
    """Return a field that is an option of one command; its name is ``--FIELD`` unless ``flags`` names others."""
    shown = "" if default in (None, "", ()) else kind.shown(default)
    return _field(default, Parameter("", kind, help, flags, metavar or kind.metavar, shown))


def switch(*flags: str, help: str, default: bool = False) -> Any:  # noqa: A002
    """Return a field that is a switch of one command."""
    return _field(default, Parameter("", Flag(), help, flags))


def argument(metavar: str, *, help: str, kind: Kind = TEXT, default: Any = MISSING) -> Any:  # noqa: A002
    """Return a field that is an argument; it is required unless it has a default."""
    required = default is MISSING
    return _field(default, Parameter("", kind, help, metavar=metavar, argument=True, required=required))


def _field(default: Any, parameter: Parameter) -> Any:
    made: Any = field(default=default, metadata={"parameter": parameter})
    return made


def parameters(model: type[CommonOptions], command: str) -> list[Parameter]:
    """Return what ``command``, whose options are a ``model``, takes: settings first."""
    return [*settings_of(command, model.HIDDEN), *_own(model)]


def settings_of(command: str, hidden: Iterable[str] = ()) -> list[Parameter]:
    """Return the settings that are options of a command; its help leaves those of ``hidden`` out."""
    taken = (setting for setting in TABLE.values() if setting.is_option_of(command))
    return [Parameter.of(setting, hidden=setting.attribute in hidden) for setting in taken]


def _own(model: type[CommonOptions]) -> Iterator[Parameter]:
    for each in fields(model):
        if begun := each.metadata.get("parameter"):
            flags = begun.flags or (() if begun.argument else (f"--{each.name.replace('_', '-')}",))
            yield replace(begun, attribute=each.name, flags=flags, hidden=each.name in model.HIDDEN)
