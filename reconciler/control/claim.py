"""Being the one loop of an owner that listens on this machine: a lock that goes with the process, then the socket."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import suppress

from reconciler.control.state import Place

BACKLOG = 128
"""Connections that wait to be taken: a storm of them comes while a pass is planned."""


class Claim:
    """Of a place. Whoever holds the lock may remove what is there: who left it is dead, whatever the socket says."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._lock: int | None = None
        self._socket = 0, 0

    @property
    def held(self) -> bool:
        return self._lock is not None

    @property
    def listened_at(self) -> bool:
        """Whether the socket that is there is the one that was bound last."""
        try:
            found = self.place.socket.lstat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._socket

    def listener(self) -> socket.socket:
        """A socket that only this user may connect to, in place of a dead one.

        Raises:
            BlockingIOError: another process holds the place.
            OSError: the folder can't be made or written, or its path is too long for a socket.
        """
        self.place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = _locked(self.place)
        self.place.socket.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(self.place.socket))
            self.place.socket.chmod(0o600)  # nobody can connect before it listens
            listener.listen(BACKLOG)
            found = self.place.socket.lstat()
        except OSError:
            listener.close()
            raise
        self._socket = found.st_dev, found.st_ino
        return listener

    def give_up(self) -> None:
        """Takes away what it left there, if it held the place."""
        if self._lock is None:
            return
        for path in (self.place.socket, self.place.state):
            with suppress(OSError):  # the folder may be gone
                path.unlink()
        os.close(self._lock)
        self._lock = None


def _locked(place: Place) -> int:
    handle = os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle
