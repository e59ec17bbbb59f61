"""What a stack was read from: every file that was looked at, and how it was then. While none has moved, reading it all
again would give the same."""

from __future__ import annotations

import os
import time
from pathlib import Path

FRESH = 2_000_000_000
"""Nanoseconds. A file that changed so shortly before it was read may change again without a trace: the clocks of file
systems tick in steps (of up to 2 s), so that it is read again until it is older (git: "racy" index entries)."""

Stamp = tuple[int, int, int, int, int]


class Footprint:
    """Notes files before they are read. Times are those of the file system, in nanoseconds since the epoch."""

    def __init__(self) -> None:
        self._began = time.time_ns()
        self._stamps: dict[Path, Stamp | None] = {}

    def note(self, path: Path) -> None:
        """``path`` is about to be looked at, whether it is there or not."""
        self._stamps.setdefault(path, _stamp(path))

    def stands(self) -> bool:
        """Whether every file is as it was when it was noted."""
        return all(_stamp(path) == stamp and self._settled(stamp) for path, stamp in self._stamps.items())

    def _settled(self, stamp: Stamp | None) -> bool:
        return stamp is None or max(stamp[3:]) < self._began - FRESH


def _stamp(path: Path) -> Stamp | None:
    """Of what a link leads to, as reading it does."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
