"""The settings of verdicts, which the commands that judge take besides their own options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from typing import Annotated, Any

import typer

from reconciler.desired.model import Options

_DEFAULTS: ContextVar[Options] = ContextVar("defaults")
_HELP = {
    "min_task_age": "How long a task runs before it is Ready.",
    "ready_timeout": "How long a slot may lack a Running task.",
    "progress_deadline": "How long a rollout may make no step.",
}


def judging(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command ``--min-task-age`` and the like; they count where a file says nothing, by ``defaults``."""

    @wraps(command)
    def timed(**given: Any) -> None:
        times = {name: time for name in _HELP if (time := given.pop(name)) is not None}
        _DEFAULTS.set(replace(Options(), **times))
        command(**given)

    own = inspect.signature(command, eval_str=True)
    added = [_option(name) for name in _HELP]
    vars(timed)["__signature__"] = own.replace(parameters=[*own.parameters.values(), *added])
    return timed


def defaults() -> Options:
    """The options of services, as the command line has them."""
    return _DEFAULTS.get(Options())


def _option(name: str) -> inspect.Parameter:
    option = typer.Option(
        parser=_duration,
        envvar=f"RECONCILER_{name.upper()}",
        show_envvar=False,
        metavar="TIME",
        help=f"{_HELP[name]} [{getattr(Options(), name):g}s]",
    )
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[float | None, option]
    )


def _duration(text: str) -> float:
    """Seconds, or as Compose writes a duration: ``1m30s``."""
    from reconciler.compose.scalars import duration

    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = duration(text) / 1e9
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    if not seconds >= 0:
        raise typer.BadParameter(f"{text!r} is no time")
    return seconds
