"""What the first process of a container owes the others, where no init does it. The supervisor is a child of it then,
so that no orphan that is reaped here is ever one whose exit code somebody waits for."""

from __future__ import annotations

import os
import signal

FATAL = {signal.SIGKILL, signal.SIGSTOP}
"""Can't be waited for."""
OWN_FAULTS = {
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGABRT,
    signal.SIGTRAP,
    signal.SIGSYS,
}
"""Say something of this process, not of the container."""
IDLE = {signal.SIGTTIN, signal.SIGTTOU, signal.SIGTSTP}
"""A terminal's job control: nobody would ever continue us."""


def leave_init_behind() -> None:
    """Returns at once where we aren't process 1. Otherwise in a child, which is in a session of its own so that Ctrl-C
    comes to it once; the parent passes signals on, reaps whatever ends, and exits as the child does."""
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
    """Exits where it was the child: with it goes the container, and the kernel kills the rest."""
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
