"""The short way from a command line to a command: options are read without typer, which takes long to import.

Whatever isn't plain (help, an unknown option, a wrong value) is left to typer, which also says what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from reconciler.cli.catalogue import COMMANDS
from reconciler.cli.declare import model_of
from reconciler.cli.durations import seconds
from reconciler.cli.options import CommonOptions, Output
from reconciler.cli.parameters import Parameter
from reconciler.errors import ReconcilerError
from reconciler.records import dataclass

QUICK = frozenset({"apply", "plan", "diff", "status", "explain", "history", "validate", "render", "reload"})
KNOWN = frozenset({"help", "metavar", "envvar", "hidden", "min"})
"""What a parameter may say that is read here."""
YES, NO = frozenset({"1", "true", "t", "yes", "y", "on"}), frozenset({"0", "false", "f", "no", "n", "off"})
Model = TypeVar("Model", bound=CommonOptions)


class NotPlain(Exception):
    """Typer has to read this."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A parameter with the field that it is for."""

    name: str
    kind: Any
    parameter: Parameter
    required: bool
    many: bool = False
    """Given several times; in a variable of the environment, with colons between."""

    @property
    def flags(self) -> Mapping[str, bool | None]:
        """Its names; those of a switch with the value that each stands for."""
        names = self.parameter.names or (f"--{self.name.replace('_', '-')}",)
        if self.kind is not bool:
            return dict.fromkeys(names)
        pairs = [name.partition("/") for name in names]
        return {yes: True for yes, _, _ in pairs} | {no: False for _, _, no in pairs if no}

    def read(self, text: str) -> Any:
        """Raises ``ValueError`` for what isn't plainly a value of its kind."""
        if self.parameter.least is not None:
            return seconds(text, least=self.parameter.least)
        if self.kind is bool:
            return _switch(text)
        if self.kind is int:
            number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
            if number < self.parameter.more.get("min", 0):
                raise ValueError(text)
            return number
        return self.kind(text)


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int | None:
    """Run a plain command and return its exit code; None where typer has to read the command line."""
    if not arguments or arguments[0] not in QUICK or arguments[0] not in COMMANDS:
        return None
    function = COMMANDS[arguments[0]].load()
    try:
        options = parsed(model_of(function), arguments[1:], environ)
    except NotPlain:
        return None
    try:
        return function(options)
    except ReconcilerError as error:
        from reconciler.cli.printing import tell

        tell(error, asked_for_json=options.output is Output.JSON)
        return error.exit_code


def parsed(model: type[Model], arguments: Sequence[str], environ: Mapping[str, str]) -> Model:
    """Return the options that a command line and the environment give. Raises ``NotPlain``."""
    known = list(_known(model))
    try:
        given = {**_of_environment(known, environ), **_of_arguments(known, arguments)}
    except ValueError as error:
        raise NotPlain from error
    if any(each.required and each.name not in given for each in known):
        raise NotPlain
    return model(**given)


def _known(model: type[CommonOptions]) -> Iterator[_Known]:
    hints = get_type_hints(model, include_extras=True)
    for each in fields(model):
        kind, *described = get_args(hints[each.name]) or (None,)
        parameter = described[0] if described else None
        kinds = [one for one in get_args(kind) if one is not NoneType] or [kind]
        many = len(kinds) == 1 and get_origin(kinds[0]) is list
        kinds = list(get_args(kinds[0])) if many else kinds
        if not isinstance(parameter, Parameter) or parameter.more.keys() - KNOWN or len(kinds) != 1:
            raise NotPlain
        if many and (kinds[0] is not Path or parameter.argument):
            raise NotPlain
        if not (kinds[0] in {str, bool, int, float, Path} or issubclass(kinds[0], StrEnum)):
            raise NotPlain
        yield _Known(each.name, kinds[0], parameter, each.default is MISSING, many)


def _of_environment(known: Sequence[_Known], environ: Mapping[str, str]) -> dict[str, Any]:
    given = {each.name: environ.get(each.parameter.more.get("envvar") or "", "") for each in known}
    return {
        each.name: [each.read(part) for part in text.split(os.pathsep)] if each.many else each.read(text)
        for each in known
        if (text := given[each.name])
    }


def _of_arguments(known: Sequence[_Known], arguments: Sequence[str]) -> dict[str, Any]:
    options = {
        flag: (each, value) for each in known if not each.parameter.argument for flag, value in each.flags.items()
    }
    places = [each for each in known if each.parameter.argument]
    given: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, sign, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not word.startswith("-"):
            if not places:
                raise NotPlain
            place = places.pop(0)
            given[place.name] = place.read(word)
            continue
        if name not in options:
            raise NotPlain
        option, switched = options[name]
        if switched is not None:
            if sign:
                raise NotPlain
            given[option.name] = switched
        elif sign or (rest and not rest[0].startswith("-")):
            found = option.read(value if sign else rest.pop(0))
            given[option.name] = [*given.get(option.name, ()), found] if option.many else found
        else:
            raise NotPlain
    return given


def _switch(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise ValueError(text)
    return text.lower() in YES
