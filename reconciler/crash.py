"""What is printed of a fault of our own: where it happened, and nothing that the exception says.

The message of an exception that isn't ours may quote a value: an environment, a secret, an engine's answer.
"""

from __future__ import annotations

import sys
from types import TracebackType


def install() -> None:
    """Print uncaught exceptions without their messages, also those of threads."""
    import threading

    sys.excepthook = show
    threading.excepthook = lambda args: show(args.exc_type, args.exc_value, args.exc_traceback)


def show(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Print the frames of an exception to standard error, and its kind."""
    import traceback

    if issubclass(kind, KeyboardInterrupt):
        return
    print(f"error: a fault of our own, please report it with these lines: {kind.__name__}", file=sys.stderr)
    print("".join(traceback.format_tb(trace)), end="", file=sys.stderr)
    while error is not None and (cause := error.__cause__ or error.__context__) is not None:
        print(f"after {type(cause).__name__}:", file=sys.stderr)
        print("".join(traceback.format_tb(cause.__traceback__)), end="", file=sys.stderr)
        error = cause
