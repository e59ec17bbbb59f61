"""Holding back signals that come before anything handles them: any of them would end the container."""

from __future__ import annotations

import signal

HELD = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


def hold() -> None:
    """Hold signals back. Called in the program's first lines: loading the rest takes longer than the next signal
    may."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HELD)


def let_go() -> None:
    """Deliver signals from now on, those held back first. Called before any child starts, because a child would hold
    them for ever."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
