"""Where the program begins: ``reconciler healthcheck`` is told in a third of the time that other commands need to
load, for it is asked every few seconds; and a container's signals wait for who heeds them."""

from __future__ import annotations

import gc
import io
import os
import sys

from reconciler import crash

COMMAND, CONTAINER = "healthcheck", "entrypoint"
LASTING = frozenset({"run", CONTAINER})
"""Commands that go on for days."""
RARELY, HARDLY = 50_000, 500_000
"""Objects made between two searches for garbage in cycles, for commands that last and for those that end soon. What is
read and listed is many small objects that stay: with Python's own 700, a third of the time is spent on searching."""


def main() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names, and signs that the locale lacks
    if sys.argv[1:] == [COMMAND]:
        from reconciler.cli.healthcheck import owner_of, report_health

        sys.exit(report_health(*owner_of(os.environ)))
    if sys.argv[1:2] == [CONTAINER]:
        from reconciler.supervisor.signal_mask import hold

        hold()
    crash.install()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # or else all that is installed is searched for some
    gc.set_threshold(RARELY if LASTING.intersection(sys.argv[1:]) else HARDLY)
    try:
        sys.exit(_run())
    finally:
        gc.freeze()  # the interpreter, as it ends, needn't search all that was read and imported


def _run() -> int:
    from reconciler.cli import quick

    code = quick.run(sys.argv[1:], os.environ)
    if code is not None:
        return code
    from reconciler.cli.command_line import run as command_line

    return command_line(sys.argv[1:])
