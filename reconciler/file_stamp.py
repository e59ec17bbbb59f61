"""How a file was when it was looked at, which tells later whether it has changed: a ``stat`` in place of reading it."""

from __future__ import annotations

import os

from reconciler.records import dataclass

FRESH = 2_000_000_000
"""Nanoseconds. A file that changed so shortly before it was read may change again without a trace: the clocks of file
systems tick in steps (of up to 2 s), so that it is read again until it is older (git: "racy" index entries)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Another one means that the file is another, or was written. Times in nanoseconds since the epoch, by the clock of
    the file system."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def settled(self, at: int) -> bool:
        """Whether a change after ``at`` (nanoseconds since the epoch) gives the file another stamp for sure."""
        return max(self.modified, self.changed) < at - FRESH
