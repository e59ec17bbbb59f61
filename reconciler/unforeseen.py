"""Exceptions that nobody foresaw, in words that quote no values."""

from __future__ import annotations

import traceback
from pathlib import Path

from reconciler.errors import ReconcilerError


def in_words(error: BaseException) -> str:
    """Return what failed, and where in our code. The text of an exception that isn't ours may hold anything, so only
    that of the operating system's is quoted."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, ReconcilerError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"a fault of our own, please report it: {type(error).__name__}{where}"
