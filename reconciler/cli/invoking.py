"""Running of a command, from the values on its command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.cli.options import CommonOptions
from reconciler.errors import ReconcilerError
from reconciler.settings.choices import Output
from reconciler.settings.layers import Effective, Layers
from reconciler.settings.table import TABLE

if TYPE_CHECKING:
    from reconciler.cli.declare import Command

Model = TypeVar("Model", bound=CommonOptions)


def invoked(name: str, function: Command, given: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> int:
    """Run a command with the values of its command line, and return its exit code. Errors of ours are printed."""
    from reconciler.cli.declare import model_of

    output = given.get("output") or environ.get(TABLE["output"].variable)
    try:
        options = options_of(model_of(function), name, given, environ)
        output = options.output
        return function(options)
    except ReconcilerError as error:
        from reconciler.cli.printing import tell

        tell(error, asked_for_json=output == Output.JSON)
        return error.exit_code


def options_of(model: type[Model], command: str, given: Mapping[str, Any], environ: Mapping[str, str]) -> Model:
    """Return the options of a command: its own, and the settings that are in force.

    Raises:
        UsageError: a variable has a value that can't be used.
        BadSettings: the settings file doesn't load.
    """
    own = {each.name for each in fields(model)}
    settings = {name: value for name, value in given.items() if name not in own}
    layers = Layers(command, settings, dict(environ))
    return model(
        **{name: value for name, value in given.items() if name in own},
        effective=_effective(layers, model.LENIENT),
        layers=layers,
    )


def _effective(layers: Layers, lenient: bool) -> Effective:
    if layers.config is None:
        return layers.effective()
    from reconciler.settings.file import effective  # reading a file needs the YAML reader, which is imported only here

    return effective(layers, lenient=lenient)
