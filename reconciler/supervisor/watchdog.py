"""Restarts a loop that doesn't answer any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from reconciler.clock import uptime
from reconciler.control.client import LoopClient
from reconciler.errors import Unreached
from reconciler.supervisor.child import Child, Tell
from reconciler.supervisor.silence import EVERY, Silence

ASK_EVERY = 3.0
"""Seconds between two questions, and to wait for an answer."""
TO_END = 5.0
"""Seconds that a loop has to end before it is killed (rule 19: stop in order)."""
LONGEST_PATH = 107
"""Longest path of a socket, in bytes (``unix(7)``)."""


class Watchdog:
    """Asks a loop on its socket for as long as it runs. A loop that never answered gets twice the time. A loop that
    can't have its socket is left alone: it logs that itself."""

    def __init__(self, loop: Child, socket: Path, patience: float, tell: Tell) -> None:
        self._loop = loop
        self._socket = socket
        self._patience = patience
        self._tell = tell
        self._silence = Silence()
        self._answered = 0
        """The process that answered last."""
        self._seen = 0
        """The process that was looked at last."""

    async def watch(self) -> None:
        """Watch for ever."""
        asking = asyncio.ensure_future(self._ask())
        try:
            while True:
                await asyncio.sleep(EVERY)
                await self._look(uptime())
        finally:
            asking.cancel()

    async def _look(self, now: float) -> None:
        self._silence.look(now)
        process = self._loop.process
        if process is None or process.pid != self._seen:
            self._seen = process.pid if process else 0
            self._silence.broken()
            return
        answered = process.pid == self._answered
        if self._silence.seconds < self._patience * (1 if answered else 2):
            return
        if answered or may_listen(self._socket, process.pid):
            self._tell("loop doesn't answer and is restarted", pid=process.pid, silent_s=round(self._silence.seconds))
            await process.stop(TO_END)
        self._silence.broken()

    async def _ask(self) -> None:
        client = LoopClient(self._socket, ASK_EVERY)
        while True:
            process = self._loop.process
            with contextlib.suppress(Unreached):
                if process is not None and await client.answering() == process.pid:
                    self._answered = process.pid
                    self._silence.broken()
            await asyncio.sleep(ASK_EVERY)


def may_listen(socket: Path, pid: int, locks: Path = Path("/proc/locks")) -> bool:
    """Whether the loop could listen there: it holds the lock of the socket, or nobody does and the folder is
    writable."""
    if len(os.fsencode(socket)) > LONGEST_PATH:
        return False
    try:
        inode = socket.with_suffix(".lock").stat().st_ino
        holders = {int(line.split()[-4]) for line in locks.read_text().splitlines() if f":{inode} " in line}
    except FileNotFoundError:
        holders = set()
    except (OSError, ValueError, IndexError):
        return False
    return pid in holders if holders else os.access(socket.parent, os.W_OK)
