"""What is told of a commit."""

from __future__ import annotations

from pathlib import Path

from reconciler.records import dataclass

SHORT = 7
"""Characters of a commit's name as people read it."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The commit that desired state was read at. ``commit`` is its whole name in hexadecimal digits."""

    commit: str
    dirty: bool = False
    """Whether the work tree's desired folder differs from that commit: files changed, gone, or new and not ignored."""
    during: str = ""
    """What git is in the middle of: ``rebase``, ``merge``, …; empty for nothing."""

    def __str__(self) -> str:
        remarks = [*(["dirty"] if self.dirty else []), *([f"a {self.during} is under way"] if self.during else [])]
        return self.commit[:SHORT] + (f" ({', '.join(remarks)})" if remarks else "")


Key = tuple[str, Path]
"""A commit, and the folder that is named in it."""


class Broken(Exception):
    """A repository, or a part of it, that can't be read; ``hint`` says what would be right."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
