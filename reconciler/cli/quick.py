"""Quick reading of a command line without typer, which takes long to import.

Anything special (help, an unknown option, a wrong value) is left to typer, which also reports what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.cli.catalogue import COMMANDS
from reconciler.cli.declare import model_of
from reconciler.cli.invoking import invoked
from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import Parameter, parameters
from reconciler.settings.kinds import Flag

QUICK = frozenset({"apply", "plan", "diff", "status", "explain", "history", "validate", "render", "reload"})


class NotPlain(Exception):
    """Signal that typer has to read this command line."""


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int | None:
    """Run a plain command and return its exit code; None if typer has to read the command line."""
    if not arguments or arguments[0] not in QUICK or arguments[0] not in COMMANDS:
        return None
    name = arguments[0]
    function = COMMANDS[name].load()
    try:
        given = parsed(model_of(function), name, arguments[1:])
    except NotPlain:
        return None
    return invoked(name, function, given, environ)


def parsed(model: type[CommonOptions], command: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the values of a command line, by field.

    Raises:
        NotPlain: typer has to read it.
    """
    known = parameters(model, command)
    try:
        given = _read(known, arguments)
    except ValueError as error:
        raise NotPlain from error
    if any(each.required and each.attribute not in given for each in known):
        raise NotPlain
    return given


def _read(known: Sequence[Parameter], arguments: Sequence[str]) -> dict[str, Any]:
    options = {flag: (each, value) for each in known for flag, value in _flags(each).items()}
    places = [each for each in known if each.argument]
    given: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, sign, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not word.startswith("-"):
            if not places or places[0].kind.many:
                raise NotPlain
            place = places.pop(0)
            given[place.attribute] = place.kind.read(word)
            continue
        if name not in options:
            raise NotPlain
        option, switched = options[name]
        if switched is not None:
            if sign:
                raise NotPlain
            given[option.attribute] = switched
        elif sign or (rest and not rest[0].startswith("-")):
            _give(given, option, value if sign else rest.pop(0))
        else:
            raise NotPlain
    return given


def _give(given: dict[str, Any], option: Parameter, text: str) -> None:
    if option.kind.many:
        given[option.attribute] = (*given.get(option.attribute, ()), *option.kind.take([text]))
    else:
        given[option.attribute] = option.kind.read(text)


def _flags(parameter: Parameter) -> Mapping[str, bool | None]:
    """Return its names; for a switch, with the value that each stands for."""
    if not isinstance(parameter.kind, Flag):
        return dict.fromkeys(parameter.flags)
    pairs = [name.partition("/") for name in parameter.flags]
    return {yes: True for yes, _, _ in pairs} | {no: False for _, _, no in pairs if no}
