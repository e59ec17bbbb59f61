"""Times as options, variables and files have them: ``90``, ``1.5``, ``5m``, ``1h30m``."""

from __future__ import annotations

import re
from math import isfinite

LONGEST = 10 * 365 * 86400.0
"""Seconds. More is a slip of the finger, and may be more than a clock can count to."""
HINT = "write seconds (90), or numbers with units (90s, 5m, 1h30m)"
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{0,12})?)(ms|us|ns|d|h|m|s)")


def seconds(given: str, *, least: float = 0.0) -> float:
    """Return the seconds that ``given`` stands for: a plain number, or numbers with units.

    Raises:
        ValueError: it is no such time, less than ``least``, or longer than ten years.
    """
    found = _plain(given)
    found = _with_units(given) if found is None else found
    if found is None or not isfinite(found):
        raise ValueError(f"{given[:30]!r} isn't a time: {HINT}")
    if not least <= found <= LONGEST:
        bound = f"less than {short(least)}" if found < least else f"more than {short(LONGEST)}"
        raise ValueError(f"{given[:30]!r} is {bound}")
    return found


def short(given: float) -> str:
    """Write seconds as ``seconds`` reads them: ``600`` as ``10m``, ``5400`` as ``1h30m``."""
    if given != int(given) or given < 1:
        return f"{given:g}s"
    left, parts = int(given), ""
    for unit in ("d", "h", "m", "s"):
        size = int(_UNITS[unit])
        parts, left = (f"{parts}{left // size}{unit}" if left >= size else parts), left % size
    return parts


def _plain(given: str) -> float | None:
    try:
        return float(given) if given.isascii() and "_" not in given else None
    except ValueError:
        return None


def _with_units(given: str) -> float | None:
    """None where a part isn't a number with a unit."""
    total, at = 0.0, 0
    while at < len(given):
        part = _PART.match(given, at)
        if part is None:
            return None
        total += float(part[1]) * _UNITS[part[2]]
        at = part.end()
    return total if at else None
