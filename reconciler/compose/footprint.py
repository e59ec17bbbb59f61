"""Footprint of a stack: every file that was looked at, and its state then. While no file changes, reading the stack
again would give the same."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from reconciler.file_stamp import Stamp

Files = Mapping[str, Mapping[Path, Stamp | None]]
"""Stamps of files, by the source of desired state that they belong to."""


class Footprint:
    """Records files before they are read."""

    def __init__(self) -> None:
        self._began = time.time_ns()
        self._stamps: dict[Path, Stamp | None] = {}

    @property
    def stamps(self) -> Mapping[Path, Stamp | None]:
        """Return the state of every file; None for a file that wasn't there."""
        return self._stamps

    def note(self, path: Path) -> None:
        """Record ``path`` before it is looked at, whether it exists or not."""
        self._stamps.setdefault(path, _stamp(path))

    def stands(self) -> bool:
        """Say whether every file is as it was when it was recorded."""
        return all(_stamp(path) == stamp and self._settled(stamp) for path, stamp in self._stamps.items())

    def _settled(self, stamp: Stamp | None) -> bool:
        return stamp is None or stamp.settled(self._began)


def _stamp(path: Path) -> Stamp | None:
    """Return the stamp of a file. Links are followed, as in reading; a link that leads nowhere has its own stamp."""
    for look in (os.stat, os.lstat):
        try:
            return Stamp.of(look(path))
        except (OSError, ValueError):
            continue
    return None
