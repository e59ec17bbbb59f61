"""The process that reads git's data, so that hostile data can neither hang the loop nor use up its memory."""

from __future__ import annotations

import os
import resource
import signal
import stat
import sys
from multiprocessing.connection import Connection
from typing import Any

from reconciler.commits.answers import Answers
from reconciler.commits.limits import MEMORY, PATIENCE, PROCESSOR
from reconciler.commits.model import Broken


def serve(handle: int) -> None:
    """Answer questions until the other end closes. A question that takes too long ends the process by a signal that
    nothing here catches, even while a regular expression or zlib is running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    sys.addaudithook(_refuse_what_may_wait)
    connection, answers = Connection(handle), Answers()
    while True:
        try:
            name, arguments = connection.recv()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        answer = _answer(answers, name, arguments)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.send(answer)


def _answer(answers: Answers, name: str, arguments: tuple[object, ...]) -> tuple[Any, ...]:
    try:
        return "done", getattr(answers, name)(*arguments)
    except Broken as error:
        return "broken", str(error), error.hint
    except MemoryError:
        return "broken", f"git's data takes more than {MEMORY // 1024**2} MB", "see `git count-objects -v`"


def _refuse_what_may_wait(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to open what may block: a named pipe waits for a writer, and a device may have no end."""
    if event != "open" or not isinstance(arguments[0], str | bytes) or arguments[0] == os.devnull:
        return
    try:
        mode = os.stat(arguments[0]).st_mode
    except OSError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise Broken(f"{os.fsdecode(arguments[0])} is a pipe, a socket or a device", "put a file in its place")
