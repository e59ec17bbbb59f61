"""Plain scalars, as docker's YAML library (Go, yaml.v3) resolves them."""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import datetime
from typing import Any

_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[0-9]+)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9_]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9_]+)?\Z")
_TIMESTAMP = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:([Tt ])(\d\d?):(\d\d?):(\d\d?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?)?\Z")
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    ".inf": float("inf"),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}


def resolved(text: str) -> Hashable:
    """The value of a plain scalar: `010` is 8, `yes` is a text."""
    if text in _CONSTANTS:
        found: Hashable = _CONSTANTS[text]
        return found
    if moment := _TIMESTAMP.match(text):
        return _moment(moment) or text
    digits = text.replace("_", "") if text[0] in "+-0123456789" else text
    try:
        return _integer(digits) if _INTEGER.match(digits) else float(digits) if _FLOAT.match(digits) else text
    except ValueError:
        return text  # `._5` looks like a number and is none


def _moment(found: re.Match[str]) -> str | None:
    """A timestamp as Go prints a ``time.Time``, which is what ``docker stack`` makes of one; None for no such time."""
    year, month, day, letter, hour, minute, second, fraction, zone = found.groups()
    if bool(zone) != (letter in {"T", "t"}):
        return None
    try:
        moment = datetime.fromisoformat(
            f"{year}-{month:0>2}-{day:0>2}T{hour or '0':0>2}:{minute or '0':0>2}:{second or '0':0>2}"
        )
    except ValueError:
        return None
    parts = (fraction or "")[:9].rstrip("0")
    offset = "" if zone in {None, "Z", "+00:00", "-00:00"} else zone.replace(":", "")
    return f"{moment:%Y-%m-%d %H:%M:%S}{f'.{parts}' if parts else ''} {f'{offset} {offset}' if offset else '+0000 UTC'}"


def _integer(digits: str) -> int | float:
    """Go's ``strconv.ParseInt(…, 0, 64)``: a leading 0 means octal; what that isn't, such as 08, and what is more than
    64 bits hold, is a float. Raises ``ValueError`` for what is no float either, such as 0x_ and its like."""
    sign = -1 if digits.startswith("-") else 1
    body = digits.lstrip("+-")
    try:
        found = sign * int(body, 8 if body[:1] == "0" and body[1:].isdigit() else 0)
    except ValueError:
        return float(digits)
    return found if -(2**63) <= found < 2**64 else float(digits)
