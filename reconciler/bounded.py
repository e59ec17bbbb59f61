"""Readers for text that anybody may have written: bounded in size, depth and range, and total.

Whatever is wrong with a text raises ``Unreadable``, in words that complete "it ...".
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

LAST_MOMENT = 253_402_300_799.0
"""The end of the year 9999, in seconds since the epoch: no later time can be printed."""
DIGITS = 15
"""Digits of the largest number: a double holds it exactly."""
LARGEST_DIGITS = 20
"""Digits of the largest number of 64 bits, for what is shown and not counted with."""
DEEPEST = 20
"""Levels of lists and objects in each other."""
MOST_VALUES = 2_000_000
"""Commas and brackets of JSON: each value takes some 70 bytes, however few characters write it."""
KINDS: Mapping[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "str": (str,)}
"""Types of values by the annotation of a field."""


class Unreadable(ValueError):
    """Why a text isn't what it should be."""


def whole(text: str) -> int | None:
    """Return the number that up to 15 ASCII digits write, None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


def moment(value: object) -> float:
    """Return a time in seconds since the epoch. Raises ``Unreadable``."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LAST_MOMENT:
        raise Unreadable("has a time that isn't seconds since 1970")
    return float(value)


def parsed(text: str | bytes, most: int, deepest: int = DEEPEST, digits: int = DIGITS) -> Any:
    """Return the value of JSON of at most ``most`` characters, without NaN, infinity or huge numbers. Raises
    ``Unreadable``."""
    if len(text) > most:
        raise Unreadable(f"is longer than {most} characters")
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise Unreadable(f"has more than {MOST_VALUES} values")
    try:
        value = json.loads(text, parse_constant=_no_number, parse_int=partial(_int, digits), parse_float=_float)
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable("isn't JSON") from error
    if depth(value, deepest) > deepest:
        raise Unreadable(f"is nested deeper than {deepest} levels")
    return value


def shaped(value: object, shape: object) -> Any:
    """Return the value, which has this shape: a type; ``{key: shape}`` for an object with at least these keys;
    ``[shape]`` for a list of such values. Raises ``Unreadable``."""
    if isinstance(shape, dict):
        if not isinstance(value, dict) or shape.keys() - value.keys():
            raise Unreadable(f"isn't an object with {', '.join(shape)}")
        for key, inner in shape.items():
            shaped(value[key], inner)
    elif isinstance(shape, list):
        for item in shaped(value, list):
            shaped(item, shape[0])
    elif not isinstance(shape, type) or type(value) is not shape:
        raise Unreadable("has a value of the wrong type")
    return value


def of_kind(value: object, annotation: str) -> bool:
    """Whether a value is as the annotation of a dataclass's field says: of ``KINDS``, or ``... | None``."""
    kind = annotation.removesuffix(" | None")
    if value is None:
        return kind != annotation
    return isinstance(value, KINDS[kind]) and (kind == "bool" or not isinstance(value, bool))


def depth(value: Any, most: int) -> int:
    """Return how deep values lie in each other, 1 for one alone; a number above ``most`` where they lie deeper."""
    levels, layer = 0, [value]
    while layer and levels <= most:
        layer = [inner for outer in layer for inner in _within(outer)]
        levels += 1
    return levels


def inflated(text: str, most: int) -> str:
    """Return what base64 of zlib-compressed UTF-8 holds, at most ``most`` bytes. Raises ``Unreadable``."""
    try:
        engine = zlib.decompressobj()
        data = engine.decompress(base64.b64decode(text, validate=True), most)
        if not engine.eof:
            raise Unreadable(f"is cut, or unpacks to more than {most} bytes")
        return data.decode()
    except Unreadable:
        raise
    except (ValueError, binascii.Error, zlib.error) as error:
        raise Unreadable("isn't compressed text") from error


def _within(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _int(digits: int, text: str) -> int:
    if len(text.lstrip("-")) > digits:
        raise Unreadable(f"has a number of more than {digits} digits")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unreadable("has a number that is too large")
    return number


def _no_number(_: str) -> NoReturn:
    raise Unreadable("has a number that is none")
