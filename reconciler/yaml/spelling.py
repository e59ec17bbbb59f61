"""What somebody may have meant by a name that isn't known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST = 60
"""Characters of a name that is compared: the time grows with its square."""


def nearest(given: str, known: Iterable[str]) -> str:
    """Return the name that looks most like ``given``; empty where none does."""
    close = difflib.get_close_matches(given, known, n=1) if len(given) <= _LONGEST else []
    return close[0] if close else ""
