"""Exit codes (rule 20). Those of errors are attributes of ``reconciler.errors``, which takes them from here."""

from __future__ import annotations

import signal

DONE, FAILED, PENDING = 0, 1, 2
"""Done, or nothing to do; failed or degraded; changes are pending (``plan --detailed-exitcode``)."""
USAGE, BAD_FILES, UNREACHED = 64, 65, 69
"""A wrong command line; files that don't load; no engine, or no loop, that can be reached (``sysexits.h``)."""
NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""A program that can't be run, or isn't there, as shells report it."""
INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM
"""A process that a signal ended, as shells report it."""
