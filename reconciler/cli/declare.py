"""Commands as functions of one frozen dataclass: its fields are the arguments and options of the command line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

from reconciler.cli.durations import read
from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import Parameter

if TYPE_CHECKING:
    from typer.core import TyperCommand

Command = Callable[[Any], int]
"""Takes its options, does its work, prints, and returns the exit code."""
CONTEXT: Mapping[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def declared(name: str, function: Command, *, hidden: bool = False) -> TyperCommand:
    """Return ``function`` as a command of the command line; its doc string is the help."""
    model = model_of(function)

    def called(**given: Any) -> int:
        return function(model(**given))

    vars(called)["__signature__"] = inspect.Signature(parameters(model))
    called.__doc__ = function.__doc__
    import typer

    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    context = {**CONTEXT, "allow_interspersed_args": getattr(model, "INTERSPERSED", True)}
    app.command(name, context_settings=context, hidden=hidden)(called)
    command: Any = typer.main.get_command(app)
    command.name = name
    found: TyperCommand = command
    return found


def model_of(function: Command) -> type[CommonOptions]:
    """Return the dataclass that a command takes."""
    first, *_ = inspect.signature(function).parameters
    model = get_type_hints(function)[first]
    assert isinstance(model, type)
    assert issubclass(model, CommonOptions)
    return model


def parameters(model: type[CommonOptions]) -> list[inspect.Parameter]:
    """Return what typer makes the command line of."""
    hints = get_type_hints(model, include_extras=True)
    return [_parameter(each, hints[each.name], hidden=each.name in model.HIDDEN) for each in fields(model)]


def _parameter(each: Field[Any], annotation: Any, *, hidden: bool) -> inspect.Parameter:
    kind, described = get_args(annotation)
    annotation = Annotated[kind, typers(described.hidden() if hidden else described)]
    default = inspect.Parameter.empty if each.default is MISSING else each.default
    return inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def typers(parameter: Parameter) -> Any:
    """Return it as typer knows it."""
    import typer

    if parameter.argument:
        return typer.Argument(**parameter.more)
    if parameter.least is None:
        return typer.Option(*parameter.names, show_envvar=False, **parameter.more)
    parser = partial(read, least=parameter.least)
    return typer.Option(
        *parameter.names, parser=parser, metavar="TIME", show_default=False, show_envvar=False, **parameter.more
    )
