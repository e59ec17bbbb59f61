"""Reading what notes hold. Whoever may write configs may write notes by hand, so all of it is read within bounds, and
what can't be read costs a warning and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.bounded import inflated, parsed
from reconciler.printable import printable

LARGEST = 10_000
"""Characters of a label that holds JSON."""
LONGEST = 500
"""Characters that are shown of a text."""


def value(text: str, most: int = LARGEST) -> Any:
    """Return the JSON value of a label, with strings that are safe to print. Raises ``Unreadable``."""
    return _printable(parsed(text, most))


def inflated_value(text: str, most: int) -> Any:
    """Return the JSON value of compressed text that unpacks to ``most`` bytes at most. Raises ``Unreadable``."""
    return _printable(parsed(inflated(text, most), most))


def short(text: str) -> str:
    """Return the beginning of a text, safe to print."""
    return printable(text[:LONGEST])


def _printable(given: Any) -> Any:
    if isinstance(given, str):
        return printable(given, "\n\t")
    if isinstance(given, Mapping):
        return {_printable(key): _printable(each) for key, each in given.items()}
    return [_printable(each) for each in given] if isinstance(given, list) else given
