"""Client of the process that reads git's data (``worker``)."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import reconciler
from reconciler.clock import steady
from reconciler.commits.checkout import Checkout, Seen
from reconciler.commits.limits import PATIENCE, PROCESSOR
from reconciler.commits.model import Broken, Key, Revision
from reconciler.errors import Fault
from reconciler.file_stamp import Stamp

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

STARTING = 60.0
"""Seconds for the process to start on a busy machine."""
_CODE = "import sys; sys.path.append(sys.argv[2]); from reconciler.commits.worker import serve; serve(int(sys.argv[1]))"
_ENDS = {
    -signal.SIGPROF: f"git's data takes more than {PROCESSOR:g} s to read",
    -signal.SIGALRM: f"git's data can't be read within {PATIENCE:g} s",
}
FIRST, LONGEST = 5.0, 60.0
"""Seconds, doubling, for which a question that ended the process isn't asked again unless git wrote something:
otherwise a loop would spend all its time on unreadable data."""
_HINT = "see `git fsck`, and for very large files in the desired folder"


@dataclass(slots=True)
class _Ended:
    """A question ended the process."""

    why: str
    stamp: Stamp | None
    pause: float
    until: float


class WorkerClient:
    """One process, started when it is first needed, and again after a question ended it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._ended: dict[tuple[str, Path], _Ended] = {}

    def prepare(self) -> None:
        """Start the process if needed, without waiting for it."""
        with self._lock:
            self._started()

    def revision(self, desired: Path) -> Revision | None:
        """See ``Answers.revision``. This method and the others raise ``Broken``."""
        found: Revision | None = self._ask("revision", desired)
        return found

    def committed(self, desired: Path) -> tuple[Revision, Key]:
        found: tuple[Revision, Key] = self._ask("committed", desired)
        return found

    def lay_out(self, desired: Path, key: Key, into: Path) -> list[Fault]:
        found: list[Fault] = self._ask("lay_out", desired, key, into)
        return found

    def seen(self, root: Path) -> Seen:
        found: Seen = self._ask("seen", root)
        return found

    def close(self) -> None:
        """End the process. Takes no lock, because an abandoned thread may hold it."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if process is not None and connection is not None:
            process.kill()
            process.wait()
            connection.close()

    def _ask(self, name: str, folder: Path, *arguments: object) -> Any:
        with self._lock:
            ended = self._ended.get((name, folder))
            if ended and ended.stamp == _git(folder) and steady() < ended.until:
                raise Broken(ended.why, _HINT)
            process, connection = self._started()
            try:
                connection.send((name, (folder, *arguments)))
                if not connection.poll(STARTING + PATIENCE):
                    process.kill()
                answer = connection.recv()
            except (EOFError, OSError):
                process.kill()
                code = process.wait()
                self.close()
                why = _ENDS.get(code, f"the process that reads git ended ({code})")
                pause = min(LONGEST, ended.pause * 2) if ended else FIRST
                self._ended[name, folder] = _Ended(why, _git(folder), pause, steady() + pause)
                raise Broken(why, _HINT) from None
            self._ended.pop((name, folder), None)
        if answer[0] == "broken":
            raise Broken(*answer[1:])
        return answer[1]

    def _started(self) -> tuple[subprocess.Popen[bytes], Connection]:
        if self._process is None or self._connection is None or self._process.poll() is not None:
            from multiprocessing.connection import Connection

            self.close()
            ours, theirs = socket.socketpair()
            package = Path(reconciler.__file__).resolve().parent.parent
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _CODE, str(theirs.fileno()), str(package)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            self._connection = Connection(ours.detach())
        return self._process, self._connection


def _git(folder: Path) -> Stamp | None:
    """Return a stamp that changes whenever git writes: its lock files come and go in its directory."""
    checkout = Checkout.holding(folder)
    try:
        return Stamp.of(os.stat(checkout.top / ".git")) if checkout else None
    except OSError:
        return None


WORKER = WorkerClient()
"""The client of this process."""
atexit.register(WORKER.close)
