"""Which process this is, and whether another one still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from reconciler.bounded import whole
from reconciler.records import dataclass

LONGEST = 1000
"""Characters of an identity; a host's name has 64 at most (``sethostname(2)``)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, told apart from every other that ever ran, here or elsewhere."""

    host: str
    boot: str
    pid_namespace: str
    pid: int
    started: str

    @classmethod
    def current(cls, proc: Path = Path("/proc")) -> Identity:
        """This process. Raises ``OSError`` where there is no ``/proc``."""
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        pid_namespace = str((proc / "self/ns/pid").stat().st_ino)
        return cls(socket.gethostname(), boot, pid_namespace, os.getpid(), _started(os.getpid(), proc))

    @classmethod
    def parse(cls, text: str) -> Identity | None:
        """The inverse of ``str``; None for what isn't one."""
        match text.split("/") if len(text) <= LONGEST else ():
            case host, boot, pid_namespace, pid, started if (number := whole(pid)) is not None:
                return cls(host, boot, pid_namespace, number, started)
        return None

    def __str__(self) -> str:
        return f"{self.host}/{self.boot}/{self.pid_namespace}/{self.pid}/{self.started}"

    def knows_dead(self, other: Identity, proc: Path = Path("/proc")) -> bool:
        """Whether ``other`` ran where this process can look, and is gone: its pid is free, or was given away again."""
        return self.sees(other) and _started(other.pid, proc) != other.started

    def lives(self, other: Identity, proc: Path = Path("/proc")) -> bool:
        """Whether ``other`` is a process that this one can look at and signal, and is there."""
        return self.sees(other) and _started(other.pid, proc) == other.started

    def sees(self, other: Identity) -> bool:
        """Whether its pid means the same process here."""
        return (self.boot, self.pid_namespace) == (other.boot, other.pid_namespace)


def _started(pid: int, proc: Path) -> str:
    """When a process started, in clock ticks since boot: field 22 of ``/proc/PID/stat``. Empty when it is gone."""
    try:
        stat = (proc / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
