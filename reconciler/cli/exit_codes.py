"""Exit codes of commands; those of errors stand with them (``reconciler.errors``)."""

from __future__ import annotations

import signal

DONE, FAILED, PENDING = 0, 1, 2
INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM
"""As shells report a process that a signal ended."""
