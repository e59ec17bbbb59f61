"""Message of a command that was stopped by Ctrl-C or SIGTERM: what it left undone."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from reconciler.cli.waiting import few
from reconciler.exit_codes import INTERRUPTED


def tell_stopped(code: int, left: Sequence[str] | None, then: str) -> int:
    """Print what is left undone (None: not known yet) and what to do; return the exit code.

    ``code`` says what stopped it.
    """
    by = "Ctrl-C" if code == INTERRUPTED else "SIGTERM"
    if left is None:
        print(f"stopped by {by} before the first pass was over", file=sys.stderr)
    elif left:
        print(f"stopped by {by}. Left undone:", *(f"  {each}" for each in few(left)), sep="\n", file=sys.stderr)
    else:
        print(f"stopped by {by}, with nothing left undone", file=sys.stderr)
    print(then, file=sys.stderr)
    return code
