"""What commands print: one output as text or JSON, and errors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from reconciler.cli.options import Output
from reconciler.errors import BadDesired, Fault, ReconcilerError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType


def show(output: Output, said: BaseModel, text: Callable[[], RenderableType]) -> None:
    """Print ``said`` as JSON, or ``text`` for people."""
    if output is Output.JSON:
        print(said.model_dump_json(indent=2))
        return
    from rich.console import Console

    Console(soft_wrap=not sys.stdout.isatty()).print(text())


def tell(error: ReconcilerError, *, asked_for_json: bool) -> None:
    """Print an error on its way out: to standard error for people, as JSON where that was asked for."""
    if asked_for_json:
        from reconciler.status.outputs import ErrorOutput, ValidateOutput
        from reconciler.status.publishing import remark

        if isinstance(error, BadDesired):
            said: BaseModel = ValidateOutput(warnings=[], errors=[remark(fault) for fault in error.faults])
        else:
            said = ErrorOutput(error=str(error))
        print(said.model_dump_json(indent=2))
    elif isinstance(error, BadDesired):
        for fault in error.faults:
            print(fault_line(fault, "error"), file=sys.stderr)
    else:
        print(f"error: {error}", file=sys.stderr)


def fault_line(fault: Fault, word: str) -> str:
    """Write a fault as ``file:line:column: word: message``, with its hint on a line of its own."""
    hint = f"\n    {fault.hint}" if fault.hint else ""
    return f"{fault.file}:{fault.line}:{fault.column}: {word}: {fault.message}{hint}"
