"""Conversion of scalars and short forms of Compose to what the Engine API takes. Each function raises
``ValueError``."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DURATION = re.compile(rf"({_NUMBER})(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
_MICRO, _SECOND = 10**3, 10**9
_UNITS = {"ns": 1, "us": _MICRO, "\u00b5s": _MICRO, "\u03bcs": _MICRO, "ms": 10**6, "s": _SECOND}
_UNITS |= {"m": 60 * _SECOND, "h": 3600 * _SECOND}
_SIZE = re.compile(rf"\+?({_NUMBER}(?:e[-+]?[0-9]{{1,3}})?) ?(?:([kmgtp])(?:i?b)?|b)?\Z", re.IGNORECASE)
_UNDERSCORE = re.compile(r"(?<=[0-9])_(?=[0-9])")
"""Underscores between digits: Go's numbers allow them, and so does Python's ``Decimal``."""
_SPACES = " \t\r\n"
_WORD = re.compile(r"""(?:[^ \t\r\n'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+""", re.DOTALL)
_QUOTED = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)""", re.DOTALL)
LARGEST = 2**63 - 1
"""Largest number: the engine counts in 64 bits."""
_TRUE, _FALSE = {"true", "yes", "y", "on", "1"}, {"false", "no", "n", "off", "0"}


class Several(ValueError):
    """Errors of several items of a list or mapping; ``wrong`` has the error of each, by its index or key."""

    def __init__(self, wrong: Mapping[int | str, str]) -> None:
        super().__init__(next(iter(wrong.values())))
        self.wrong = wrong


def text(value: Any) -> str:
    """Return the value as Go prints it: 1.0 is ``1``, true is ``true``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, str | int):
        return str(value)
    raise ValueError(f"has to be a text, and is {kind(value)}; write one value, in quotes if need be")


def lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def given(value: Any) -> Any:
    """Return the value, or None for an empty string, such as that of a variable that isn't set."""
    return None if value == "" else value


def number(value: float) -> str:
    """Format a number like Go's ``%v`` of a float64: the shortest digits, with an exponent below 1e-4 and from 1e6
    on."""
    if not math.isfinite(value):
        return str(value)
    shortest = Decimal(repr(value)).normalize()
    power = shortest.adjusted()
    if -4 <= power < 6:
        return f"{shortest:f}"
    return f"{shortest.scaleb(-power):f}e{power:+03d}"


def single(value: float) -> float:
    """Return the shortest number that is the same in the 32 bits that the engine keeps of it."""
    kept = _in_32_bits(value)
    return next(short for digits in range(1, 10) if _in_32_bits(short := float(f"{kept:.{digits}g}")) == kept)


def _in_32_bits(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ValueError(f"has to be true or false, and is {shown(value)}; write true or false")


def whole(value: Any) -> int:
    try:
        if not isinstance(value, bool) and isinstance(value, int | float | str) and float(value) == int(value):
            return _bounded(int(value), value)
    except (ValueError, OverflowError):
        pass  # all strings that aren't numbers get the same message
    raise ValueError(f"has to be a whole number, and is {shown(value)}; write one such as 3")


def duration(value: Any) -> int:
    """Return the nanoseconds of ``1m30s`` (Go's ``time.ParseDuration``); a bare 0 needs no unit."""
    given = text(value)
    if given in {"0", "+0", "-0"}:
        return 0
    body = given.removeprefix("+")
    position, total = 0, Decimal(0)
    while part := _DURATION.match(body, position):  # ``findall`` would look for a unit behind each digit again
        position, total = part.end(), total + Decimal(part[1]) * _UNITS[part[2]]
    if not position or position < len(body):
        raise ValueError(f"{given!r} isn't a duration; write it like 30s or 1m30s")
    return _bounded(total, given)


def size(value: Any) -> int:
    """Return the bytes of ``64m`` (powers of 1024, docker/go-units ``RAMInBytes``)."""
    found = _SIZE.match(_UNDERSCORE.sub("", text(value)))
    if not found:
        raise ValueError(f"{text(value)!r} isn't a size; write it like 64m or 1g")
    factor = 1024 ** ("kmgtp".index(found[2].lower()) + 1 if found[2] else 0)
    return _bounded(Decimal(found[1]) * factor, text(value))


def cpus(value: Any) -> int:
    """Return billionths of a processor for ``0.5`` or ``1/2`` (Go's ``big.Rat``); 0 for an empty string."""
    given = text(value)
    whole, slash, parts = given.partition("/")
    try:
        amount = Decimal(whole or "0") * 10**9 / Decimal(parts if slash else "1")
        found = _bounded(amount, given)
    except ArithmeticError:
        raise ValueError(f"{given[:30]!r} isn't a number of processors; write it like '0.5'") from None
    if found != amount:
        raise ValueError(f"{given[:30]!r} is finer than a billionth of a processor; write fewer digits")
    return found


def _bounded(number: Decimal | int, given: Any) -> int:
    """Return the whole part."""
    if not -LARGEST <= number <= LARGEST:
        raise ValueError(f"{str(given)[:30]!r} is more than the engine can count to; write less")
    return int(number)


def command(value: Any) -> list[str]:
    """Return a list of words; a string is split nearly as a shell would."""
    return texts(value) if isinstance(value, list) else list(_split(text(value)))


def _split(line: str) -> Iterator[str]:
    """Split into words as ``github.com/google/shlex`` does: `#` at the start of a word begins a comment, and a
    backslash escapes the next character within double quotes too. (Python's ``shlex`` does neither.)"""
    position = 0
    while position < len(line):
        if line[position] in _SPACES:
            position += 1
        elif line[position] == "#":
            end = line.find("\n", position)
            position = end if end >= 0 else len(line)
        else:
            word = _WORD.match(line, position)
            position = word.end() if word else position
            if word is None or line[position : position + 1] not in {"", *_SPACES}:
                what = "nothing follows the backslash" if line[position] == "\\" else "a quote isn't closed"
                raise ValueError(f"can't be split as a shell would: {what}; fix that, or write a list")
            yield _QUOTED.sub(_unquoted, word[0])


def _unquoted(found: re.Match[str]) -> str:
    single, double, escaped = found.groups()
    return escaped or single or re.sub(r"\\(.)", r"\1", double or "", flags=re.DOTALL)


def texts(value: Any) -> list[str]:
    """Return a list of strings from a list or a single string. Raises ``Several`` for a list."""
    return list(_each(dict(enumerate(value))).values()) if isinstance(value, list) else [text(value)]


def _each(items: Mapping[int, Any] | Mapping[str, Any], hint: str = "") -> dict[Any, str]:
    """Return every item as a string. Raises ``Several``."""
    found: dict[int | str, str] = {}
    wrong: dict[int | str, str] = {}
    for key, item in items.items():
        try:
            found[key] = text(item)
        except ValueError as error:
            message, _, other = str(error).partition("; ")
            wrong[key] = f"{message}; {hint or other}"
    if wrong:
        raise Several(wrong)
    return found


def mapping(value: Any) -> dict[str, str]:
    """Return a mapping from a mapping or a list of ``KEY=VALUE``; a key without a value has an empty one."""
    return {key: item or "" for key, item in pairs(value).items()}


def pairs(value: Any) -> dict[str, str | None]:
    """Return a mapping from a mapping or a list of ``KEY=VALUE``; a key without a value has None. Raises ``Several``
    for its items."""
    if isinstance(value, Mapping):
        given = _each({str(key): item for key, item in value.items() if item is not None})
        return {str(key): given.get(str(key)) for key in value}
    if isinstance(value, list):
        lines = _each(
            dict(enumerate(value)), "write it like KEY=VALUE, or all of them like KEY: VALUE without the dashes"
        )
        split = (line.partition("=") for line in lines.values())
        return {key: rest if sign else None for key, sign, rest in split}
    raise ValueError(f"has to be a mapping or a list of KEY=VALUE, and is {kind(value)}; write `KEY: value` below it")


def kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", type(None): "empty", bool: "true or false"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else "a text")


def shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else kind(value)
