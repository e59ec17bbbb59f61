"""Options and arguments as typer knows them. They carry strings; the kinds of settings read their meaning."""

from __future__ import annotations

from functools import partial
from typing import Any

import typer
from typer._coercion import resolve_type_descriptor
from typer.core import TyperArgument, TyperOption

from reconciler.cli.parameters import Parameter
from reconciler.settings.kinds import Choice, Flag, Kind


def made(parameter: Parameter) -> TyperOption | TyperArgument:
    """Return the parameter as typer's object."""
    return _Argument(parameter) if parameter.argument else _Option(parameter)


def printing(flag: str, text: str, *, help: str) -> TyperOption:  # noqa: A002
    """Return an option that prints ``text`` and ends the program."""

    def print_it(_context: Any, _option: Any, wanted: bool | None) -> None:
        if wanted:
            typer.echo(text)
            raise typer.Exit

    return TyperOption(
        param_decls=[flag.lstrip("-"), flag],
        type_descriptor=resolve_type_descriptor(bool, typer.Option(default=None)),
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=print_it,
        help=help,
    )


def _value(parameter: Parameter, given: Any, owner: Any, context: Any) -> Any:
    """Return the value of what was given, None for nothing. Raises ``BadParameter``."""
    if given is None or given == () or isinstance(given, bool):
        return given if given != () else None
    try:
        if parameter.kind.many:
            return parameter.kind.take(list(given))
        return parameter.kind.read(given)
    except ValueError as error:
        raise typer.BadParameter(str(error), ctx=context, param=owner) from error


class _Option(TyperOption):
    def __init__(self, parameter: Parameter) -> None:
        flag, many = isinstance(parameter.kind, Flag), parameter.kind.many
        info = typer.Option(default=None)
        default = f" [{parameter.default}]" if parameter.default else ""
        super().__init__(
            param_decls=[parameter.attribute, *parameter.flags],
            type_descriptor=resolve_type_descriptor(bool if flag else list[str] if many else str, info),
            is_flag=flag or None,
            multiple=many,
            metavar=None if flag else parameter.metavar,
            help=f"{parameter.help}{default}",
            hidden=parameter.hidden,
            autocompletion=partial(_words, parameter.kind),
        )
        self.parameter = parameter

    def process_value(self, ctx: Any, value: Any) -> Any:
        return _value(self.parameter, value, self, ctx)


class _Argument(TyperArgument):
    def __init__(self, parameter: Parameter) -> None:
        many = parameter.kind.many
        info = typer.Argument(default=None)
        super().__init__(
            param_decls=[parameter.attribute],
            type_descriptor=resolve_type_descriptor(list[str] if many else str, info),
            nargs=-1 if many else None,
            required=parameter.required,
            metavar=parameter.metavar,
            help=parameter.help,
            show_default=False,
        )
        self.parameter = parameter

    def process_value(self, ctx: Any, value: Any) -> Any:
        if self.required and self.value_is_missing(value):
            return super().process_value(ctx, value)  # this raises the error that explains it
        return _value(self.parameter, value, self, ctx)


def _words(kind: Kind, *_: Any) -> list[str]:
    """Return the completions that a shell offers for a value."""
    return kind.words if isinstance(kind, Choice) else []
