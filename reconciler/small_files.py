"""Files that are small, whoever put something else in their place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reconciler.bounded import Unreadable


def content(path: Path, most: int) -> bytes:
    """Return what a regular file of at most ``most`` bytes holds, without ever waiting for it. Raises ``OSError``, and
    ``Unreadable`` for what is no such file."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Unreadable("is no regular file")
        data = file.read(most + 1)
    if len(data) > most:
        raise Unreadable(f"is longer than {most} bytes")
    return data
