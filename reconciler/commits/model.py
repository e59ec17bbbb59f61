"""What is reported about a commit."""

from __future__ import annotations

from pathlib import Path

from reconciler.records import dataclass

SHORT = 7
"""Characters of a commit's hash as shown to people."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The commit that desired state was read at. ``commit`` is its whole hash in hexadecimal."""

    commit: str
    dirty: bool = False
    """Whether the work tree's desired folder differs from that commit: files changed, removed, or new and not
    ignored."""
    during: str = ""
    """The operation that git is in: ``rebase``, ``merge``, …; empty for none."""

    def __str__(self) -> str:
        remarks = [*(["dirty"] if self.dirty else []), *([f"a {self.during} is under way"] if self.during else [])]
        return self.commit[:SHORT] + (f" ({', '.join(remarks)})" if remarks else "")


Key = tuple[str, Path]
"""A commit, and the name of the folder in it."""


class Broken(Exception):
    """A repository, or a part of it, that can't be read; ``hint`` says what would be right."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
