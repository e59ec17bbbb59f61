"""What a stack was read from: every file that was looked at, and how it was then. While none has moved, reading it all
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
    """Notes files before they are read."""

    def __init__(self) -> None:
        self._began = time.time_ns()
        self._stamps: dict[Path, Stamp | None] = {}

    @property
    def stamps(self) -> Mapping[Path, Stamp | None]:
        """How every file was; None for one that wasn't there."""
        return self._stamps

    def note(self, path: Path) -> None:
        """``path`` is about to be looked at, whether it is there or not."""
        self._stamps.setdefault(path, _stamp(path))

    def stands(self) -> bool:
        """Whether every file is as it was when it was noted."""
        return all(_stamp(path) == stamp and self._settled(stamp) for path, stamp in self._stamps.items())

    def _settled(self, stamp: Stamp | None) -> bool:
        return stamp is None or stamp.settled(self._began)


def _stamp(path: Path) -> Stamp | None:
    """Of what a link leads to, as reading it does; of a link that leads nowhere, its own."""
    for look in (os.stat, os.lstat):
        try:
            return Stamp.of(look(path))
        except (OSError, ValueError):
            continue
    return None
