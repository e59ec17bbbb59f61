"""One row of the table of settings."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Any

from reconciler.records import dataclass
from reconciler.settings.kinds import Kind

PREFIX = "RECONCILER_"
"""Begins the variable of every setting."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a setting. Options, variables, the file, its schema and the reference page are made of this."""

    attribute: str
    """Its field in ``Settings``."""
    name: str
    """As a file has it. A dot parts a group from a name in it."""
    kind: Kind
    default: Any
    help: str
    """What it means, in a few words: a line of a command's help."""
    flags: tuple[str, ...] = ()
    """Its option; empty where it has none."""
    scope: frozenset[str] = frozenset()
    """The commands that take it; empty for all."""
    live: bool = False
    """Whether a running loop takes a change of the file without a restart."""
    usual: str = ""
    """What is shown as the default, where that depends on something."""
    metavar: str = ""
    hidden: bool = False
    """Whether the help of commands leaves it out."""
    secret: bool = False
    """Whether its value is shown nowhere."""
    in_file: bool = True
    more: str = ""
    """What the reference page says beside ``help``."""

    @property
    def variable(self) -> str:
        return PREFIX + self.name.replace(".", "_").upper()

    def covers(self, command: str) -> bool:
        """Return whether ``command`` takes it."""
        return not self.scope or command in self.scope

    def is_option_of(self, command: str) -> bool:
        return bool(self.flags) and self.covers(command)

    def shown(self, value: Any) -> str:
        """Write a value, but nothing of a secret one."""
        if value is None or value in ("", ()):
            return ""
        return "(hidden)" if self.secret else self.kind.shown(value)

    @property
    def shown_default(self) -> str:
        return self.usual or self.shown(self.default)


def row(default: Any, kind: Kind, help: str, **more: Any) -> Any:  # noqa: A002 # as options call it
    """Return a field of ``Settings`` that is a setting.

    The option is ``--NAME`` unless ``flags`` names others, or none.
    """
    setting = Setting("", more.pop("name", ""), kind, default, help, **{"flags": ("--",), **more})
    return field(default=default, repr=not setting.secret, metadata={"setting": setting})


def completed(attribute: str, begun: Setting) -> Setting:
    """Return a row with the names that follow from its field's."""
    name = begun.name or attribute
    option = "--" + name.replace(".", "-").replace("_", "-")
    flags = tuple(option if flag == "--" else flag for flag in begun.flags)
    metavar = begun.metavar or begun.kind.metavar
    return replace(begun, attribute=attribute, name=name, flags=flags, metavar=metavar)
