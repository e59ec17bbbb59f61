"""Scalars and short forms as Compose writes them, into what the Engine API takes. Each raises ``ValueError``."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping
from typing import Any

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?\Z", re.IGNORECASE)
LARGEST = 2**63 - 1
_TRUE, _FALSE = {"true", "yes", "y", "on", "1"}, {"false", "no", "n", "off", "0"}


def text(value: Any) -> str:
    """As Go prints it: 1.0 is ``1``, true is ``true``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, str | int):
        return str(value)
    raise ValueError(f"has to be a text, and is {kind(value)}; write one value, in quotes if need be")


def number(value: float) -> str:
    """Go's ``%v`` of a float64: the shortest digits, with an exponent below 1e-4 and from 1e21 on."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent):+03d}" if exponent else mantissa


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
        pass  # one sentence for all that isn't a number
    raise ValueError(f"has to be a whole number, and is {shown(value)}; write one such as 3")


def duration(value: Any) -> int:
    """Nanoseconds of ``1m30s`` (Go's ``time.ParseDuration``); a bare 0 needs no unit."""
    given = text(value)
    if given in {"0", "+0", "-0"}:
        return 0
    body = given.removeprefix("+")
    parts = _DURATION.findall(body)
    if not parts or "".join(amount + unit for amount, unit in parts) != body:
        raise ValueError(f"{given!r} isn't a duration; write it like 30s or 1m30s")
    return _bounded(sum(float(amount) * _UNITS[unit] for amount, unit in parts), given)


def size(value: Any) -> int:
    """Bytes of ``64m`` (powers of 1024, docker/go-units ``RAMInBytes``)."""
    found = _SIZE.match(text(value))
    if not found:
        raise ValueError(f"{text(value)!r} isn't a size; write it like 64m or 1g")
    factor: int = 1024 ** ("kmgtp".index(found[2].lower()) + 1 if found[2] else 0)
    return _bounded(math.floor(float(found[1]) * factor) if float(found[1]) < LARGEST else math.inf, text(value))


def cpus(value: Any) -> int:
    """Billionths of a processor."""
    try:
        return _bounded(float(text(value)) * 10**9, text(value))
    except ValueError:
        raise ValueError(f"{text(value)!r} isn't a number of processors; write it like '0.5'") from None


def _bounded(number: float, given: Any) -> int:
    """The engine counts in 64 bits."""
    if not abs(number) <= LARGEST:
        raise ValueError(f"{str(given)[:30]!r} is more than the engine can count to; write less")
    return round(number)


def command(value: Any) -> list[str]:
    """A list, or a line that is split as a shell would."""
    if isinstance(value, list):
        return [text(item) for item in value]
    try:
        return shlex.split(text(value))
    except ValueError as error:
        raise ValueError(f"can't be split as a shell would: {error}; close the quotes, or write a list") from None


def texts(value: Any) -> list[str]:
    """A list, or one alone."""
    return [text(item) for item in value] if isinstance(value, list) else [text(value)]


def mapping(value: Any) -> dict[str, str]:
    """A mapping, or a list of ``KEY=VALUE``; what has no value has an empty one."""
    return {key: item or "" for key, item in pairs(value).items()}


def pairs(value: Any) -> dict[str, str | None]:
    """A mapping, or a list of ``KEY=VALUE``; None for what has no value."""
    if isinstance(value, Mapping):
        return {str(key): None if item is None else _item(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        split = (text(item).partition("=") for item in value)
        return {key: rest if sign else None for key, sign, rest in split}
    raise ValueError(f"has to be a mapping or a list of KEY=VALUE, and is {shown(value)}; write `KEY: value` below it")


def _item(key: str, value: Any) -> str:
    try:
        return text(value)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", type(None): "empty", bool: "true or false"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else "a text")


def shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else kind(value)
