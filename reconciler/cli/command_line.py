"""Command line: every error of ours becomes a sentence and an exit code, never a traceback (rule 20)."""

from __future__ import annotations

import os
import sys

from typer.exceptions import Abort, TyperException

from reconciler.cli import printing
from reconciler.cli.command_group import group, options_after
from reconciler.errors import ReconcilerError, UsageError
from reconciler.exit_codes import FAILED


def run(arguments: list[str]) -> int:
    """Run the command that a command line names, and return its exit code."""
    try:
        code: int | None = group().main(options_after(arguments), prog_name="reconciler", standalone_mode=False)
        return code or 0
    except TyperException as error:
        if not arguments:
            print(error.format_message(), file=sys.stderr)  # the help
            return UsageError.exit_code
        from reconciler.cli import misuse

        return _tell(UsageError(misuse.words(error)), arguments)
    except Abort:
        print("stopped: nothing was answered, and nothing done", file=sys.stderr)
        return FAILED
    except ReconcilerError as error:
        return _tell(error, arguments)


def _tell(error: ReconcilerError, arguments: list[str]) -> int:
    printing.tell(error, asked_for_json=_asked_for_json(arguments))
    return error.exit_code


def _asked_for_json(arguments: list[str]) -> bool:
    said = " ".join(arguments).replace("=", " ")
    return (
        any(f"{option} json" in said for option in ("--output", "-o")) or os.environ.get("RECONCILER_OUTPUT") == "json"
    )
