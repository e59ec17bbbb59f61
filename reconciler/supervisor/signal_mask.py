"""Signals that come before anybody is there to heed them: they wait, for one of them would end the container."""

from __future__ import annotations

import signal

HELD = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


def hold() -> None:
    """From the program's first lines on: to load the rest takes longer than the next signal may."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HELD)


def let_go() -> None:
    """Those that came meanwhile come now. Before any child is started, which would hold them for good."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
