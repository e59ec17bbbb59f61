"""Printing of commands: one output as text or JSON, and errors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from reconciler.cli.styled import Screen
from reconciler.errors import BadDesired, Fault, ReconcilerError
from reconciler.settings.choices import Output

if TYPE_CHECKING:
    from pydantic import BaseModel

    from reconciler.cli.styled import Text


def show(output: Output, said: Callable[[], BaseModel], text: Callable[[Screen], list[Text]]) -> None:
    """Print ``said`` as JSON, or ``text`` for people, as asked for."""
    print(written(output, Screen.here(), said, text), end="")


def written(output: Output, screen: Screen, said: Callable[[], BaseModel], text: Callable[[Screen], list[Text]]) -> str:
    """Return what ``show`` prints if standard output is ``screen``."""
    return f"{said().model_dump_json(indent=2)}\n" if output is Output.JSON else screen.draw(text(screen))


def tell(error: ReconcilerError, *, asked_for_json: bool) -> None:
    """Print an error: to standard error for people, as JSON if that was asked for."""
    out, err = told(error, as_json=asked_for_json)
    print(out, end="")
    print(err, end="", file=sys.stderr)


def told(error: ReconcilerError, *, as_json: bool) -> tuple[str, str]:
    """Return what an error prints to standard output, and to standard error."""
    if as_json:
        from reconciler.status.outputs import ErrorOutput, ValidateOutput
        from reconciler.status.report_output import remark

        if isinstance(error, BadDesired):
            said: BaseModel = ValidateOutput(warnings=[], errors=[remark(fault) for fault in error.faults])
        else:
            said = ErrorOutput(error=str(error))
        return f"{said.model_dump_json(indent=2)}\n", ""
    if isinstance(error, BadDesired):
        return "", "".join(f"{fault_line(fault, 'error')}\n" for fault in error.faults)
    return "", f"error: {error}\n"


def fault_line(fault: Fault, word: str) -> str:
    """Write a fault as ``file:line:column: word: message``, with its hint on a line of its own. All further lines
    are indented, so that a name with a line end can't look like another fault."""
    more = "".join(f"\n    {line}" for line in fault.hint.splitlines())
    message = fault.message.replace("\n", "\n    ")
    return f"{fault.file}:{fault.line}:{fault.column}: {word}: {message}{more}"
