"""Start of the program. ``reconciler healthcheck`` runs every few seconds, so it takes a short way that loads in a
third of the time of other commands. In a container, signals are blocked until their handlers are ready."""

from __future__ import annotations

import gc
import io
import os
import sys

from reconciler import crash

COMMAND, CONTAINER = "healthcheck", "entrypoint"
LASTING = frozenset({"run", CONTAINER})
"""Commands that run for days."""
RARELY, HARDLY = 50_000, 500_000
"""Objects made between two searches for garbage in cycles, for commands that last and for those that end soon.
Desired and observed state are many small objects that stay: with Python's own 700, searching takes a third of the
time."""


def main() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for names and signs that the locale can't show
    if sys.argv[1:] == [COMMAND]:
        from reconciler.cli.healthcheck import owner_of, report_health

        sys.exit(report_health(*owner_of(os.environ)))
    if sys.argv[1:2] == [CONTAINER]:
        from reconciler.supervisor.signal_mask import hold

        hold()
    crash.install()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # or pydantic searches all packages for some
    gc.set_threshold(RARELY if LASTING.intersection(sys.argv[1:]) else HARDLY)
    try:
        sys.exit(_run())
    finally:
        gc.freeze()  # at exit, the interpreter needn't search all that was read and imported


def _run() -> int:
    from reconciler.cli import quick

    code = quick.run(sys.argv[1:], os.environ)
    if code is not None:
        return code
    from reconciler.cli.command_line import run as command_line

    return command_line(sys.argv[1:])
