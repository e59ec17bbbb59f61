"""The duties of process 1 in a container that has no init. The supervisor runs as a child of it, so the orphans reaped
here are never processes whose exit code the supervisor waits for."""

from __future__ import annotations

import os
import signal

FATAL = {signal.SIGKILL, signal.SIGSTOP}
"""Signals that can't be waited for."""
OWN_FAULTS = {
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGABRT,
    signal.SIGTRAP,
    signal.SIGSYS,
}
"""Signals about a fault of this process, not about the container."""
IDLE = {signal.SIGTTIN, signal.SIGTTOU, signal.SIGTSTP}
"""Job control of a terminal: nobody would ever continue the process."""


def leave_init_behind() -> None:
    """Return at once if this isn't process 1. Otherwise fork, and return in the child, which has a session of its own
    so that it gets Ctrl-C only once. The parent passes signals on, reaps what ends, and exits as the child does."""
    if os.getpid() != 1:
        return
    heeded = signal.valid_signals() - FATAL - OWN_FAULTS
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heeded)
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    while True:
        number = signal.sigwait(heeded)
        if number == signal.SIGCHLD:
            _reap(child)
        elif number not in IDLE:
            os.kill(child, number)


def _reap(child: int) -> None:
    """Reap what ended. If that was the child, exit as it did: the container ends, and the kernel kills the rest."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(128 - code if code < 0 else code)
