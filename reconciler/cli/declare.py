"""Commands as typer knows them, made from their parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_type_hints

from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import parameters

if TYPE_CHECKING:
    from typer.core import TyperCommand

Command = Callable[[Any], int]
"""Function that takes its options, does its work, prints, and returns the exit code."""
CONTEXT: Mapping[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def declared(name: str, function: Command) -> TyperCommand:
    """Return ``function`` as a command of the command line; its doc string is the help."""
    from typer.core import TyperCommand

    from reconciler.cli.invoking import invoked
    from reconciler.cli.typers import made

    model = model_of(function)

    def called(**given: Any) -> int:
        return invoked(name, function, {key: value for key, value in given.items() if value is not None})

    return TyperCommand(
        name,
        callback=called,
        params=list(map(made, parameters(model, name))),
        help=inspect.cleandoc(function.__doc__ or ""),
        context_settings={**CONTEXT, "allow_interspersed_args": getattr(model, "INTERSPERSED", True)},
        rich_markup_mode=None,
    )


def model_of(function: Command) -> type[CommonOptions]:
    """Return the dataclass that a command takes."""
    first, *_ = inspect.signature(function).parameters
    model = get_type_hints(function)[first]
    assert isinstance(model, type)
    assert issubclass(model, CommonOptions)
    return model
