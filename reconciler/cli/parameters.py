"""What a field of a command's options is on the command line: described here, made into typer's objects in ``declare``.

Typer takes as long to import as a command that asks the loop takes as a whole, so nothing here needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """An option, or an argument. ``more`` is passed to typer: ``help``, ``metavar``, ``envvar`` and the like."""

    names: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    argument: bool = False
    least: float | None = None
    """Of a time: the shortest that is allowed, in seconds. None for what is no time."""

    def hidden(self) -> Parameter:
        """Return it as one that no help shows."""
        return replace(self, more={**self.more, "hidden": True})


def setting(*names: str, **more: Any) -> Any:
    """Describe an option; the help of the whole program says that each is a variable of the environment, too."""
    return Parameter(names, more)


def argument(**more: Any) -> Any:
    """Describe an argument."""
    return Parameter((), more, argument=True)


def time_option(*names: str, least: float = 0.0, **more: Any) -> Any:
    """Describe an option that takes a time."""
    return Parameter(names, more, least=least)
