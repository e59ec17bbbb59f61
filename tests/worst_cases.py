"""Texts that make a regular expression backtrack, and a measurement of whether its time grows faster than they do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from re import _constants, _parser  # type: ignore[attr-defined] # isort: skip # the parse trees have no public name

Match = Callable[[str], object]
SHORT, LONG = 500, 4_000
SLOW = 0.01
"""Seconds for ``LONG`` characters below which no growth is suspected: linear patterns take some 0.001."""
MOST_CASES = 100
ENOUGH = 1.0
"""Seconds for one pattern: patterns with large bounded repetitions are slow, though linear."""
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_PRINTABLE = "".join(map(chr, range(33, 127)))
_SAMPLES = "a1 -_.:/'\"\\\n\t$#<(\u00e9=,x0Z"


def grows_too_fast(pattern: re.Pattern[Any], method: str = "search") -> str:
    """Return the text, shortened, for which the time grows faster than the length; empty if there is none."""
    call, began = _call(pattern, method), time.process_time()
    for text in worst_cases(pattern):
        if time.process_time() - began > ENOUGH:
            break
        if _exponential(call, text) or _quadratic(call, text):
            prefix, pump, suffix = text
            return f"{prefix!r} + {pump!r} * n + {suffix!r}"
    return ""


def worst_cases(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (prefix, pump, suffix): what leads to each repetition, what it repeats, and an end that doesn't match."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = _parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    chars = _alphabet(tree)
    found: dict[tuple[str, str, str], None] = {}
    for prefix, body in _repeats(tree, ""):
        pumps = {*chars, body, prefix + body, *(f"{body}{char}" for char in chars)}
        pumps |= {f"{prefix}{body}{char}" for char in chars}
        for pump, suffix in product(sorted(pumps - {""}), ("\x00", "")):
            found[prefix, pump, suffix] = None
            found["", pump, suffix] = None
    yield from list(found)[:: -(-len(found) // MOST_CASES)] if found else ()


def _call(pattern: re.Pattern[Any], method: str) -> Match:
    of_bytes = isinstance(pattern.pattern, bytes)

    def call(text: str) -> object:
        given = text.encode("utf-8") if of_bytes else text
        if method in {"sub", "subn"}:
            return pattern.sub(lambda found: found[0], given)
        result = getattr(pattern, method)(given)
        return list(result) if method == "finditer" else result

    return call


def _text(case: tuple[str, str, str], length: int) -> str:
    prefix, pump, suffix = case
    return prefix + pump * max(1, length // len(pump)) + suffix


def _took(call: Match, text: str, times: int = 1) -> float:
    best = float("inf")
    for _ in range(times):
        began = time.process_time()
        call(text)
        best = min(best, time.process_time() - began)
    return best


def _exponential(call: Match, case: tuple[str, str, str]) -> bool:
    """Ever longer texts, so that one that takes time without end is noticed before it does."""
    return any(_took(call, _text(case, length)) > 0.3 for length in (*range(16, 72, 4), 128, 256))


def _quadratic(call: Match, case: tuple[str, str, str]) -> bool:
    """Eight times the length takes linear patterns eight times as long, and quadratic ones 64 times."""
    short = _took(call, _text(case, SHORT))
    if short * (LONG / SHORT) ** 2 < SLOW:
        return False
    long = _took(call, _text(case, LONG))
    if long < SLOW or long < 12 * short:
        return False
    short, long = _took(call, _text(case, SHORT), 3), _took(call, _text(case, LONG), 3)
    return long > SLOW and long > 25 * max(short, 1e-6)


def _alphabet(tree: Any) -> list[str]:
    """Return one character of each kind that the pattern tells apart."""
    atoms = [[atom] if atom[0] is not _constants.IN else atom[1] for atom in _atoms(tree)]
    tests = [_pattern_of(given) for given in atoms]
    kinds = {tuple(test(char) for test in tests): char for char in reversed(_SAMPLES + _PRINTABLE)}
    return sorted(kinds.values())


def _atoms(tree: Any) -> Iterator[tuple[Any, Any]]:
    for code, argument in tree:
        if code in _REPEATS:
            yield from _atoms(argument[2])
        elif code is _constants.SUBPATTERN:
            yield from _atoms(argument[3])
        elif code is _constants.BRANCH:
            for branch in argument[1]:
                yield from _atoms(branch)
        elif code in {_constants.ASSERT, _constants.ASSERT_NOT}:
            yield from _atoms(argument[1])
        else:
            yield code, argument


def _repeats(tree: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield what leads to each repetition without a small bound, and one text that it repeats."""
    for code, argument in tree:
        if code in _REPEATS:
            _, most, body = argument
            if most > 100:
                yield prefix, _sample(body)
            yield from _repeats(body, prefix)
        elif code is _constants.SUBPATTERN:
            yield from _repeats(argument[3], prefix)
        elif code is _constants.BRANCH:
            for branch in argument[1]:
                yield from _repeats(branch, prefix)
        prefix += _sample([(code, argument)])


def _sample(tree: Any) -> str:
    """Return a short text that matches ``tree``."""
    found = ""
    for code, argument in tree:
        if code is _constants.LITERAL:
            found += chr(argument)
        elif code is _constants.IN:
            found += _one_of(argument)
        elif code in {_constants.ANY, _constants.NOT_LITERAL}:
            found += "a" if argument != ord("a") else "b"
        elif code in _REPEATS:
            found += _sample(argument[2]) * argument[0]
        elif code is _constants.SUBPATTERN:
            found += _sample(argument[3])
        elif code is _constants.BRANCH:
            found += _sample(argument[1][0])
    return found


def _one_of(given: Any) -> str:
    negated = bool(given) and given[0][0] is _constants.NEGATE
    pattern = _pattern_of(given)
    return next((char for char in _SAMPLES + _PRINTABLE if pattern(char)), "a" if negated else "0")


def _pattern_of(given: Any) -> Callable[[str], bool]:
    def holds(char: str) -> bool:
        inside = any(_inside(code, argument, char) for code, argument in given if code is not _constants.NEGATE)
        return inside != (given[0][0] is _constants.NEGATE)

    return holds


def _inside(code: Any, argument: Any, char: str) -> bool:
    if code is _constants.RANGE:
        return bool(argument[0] <= ord(char) <= argument[1])
    if code in {_constants.LITERAL, _constants.NOT_LITERAL}:
        return bool((argument == ord(char)) is (code is _constants.LITERAL))
    if code is _constants.ANY:
        return char != "\n"
    kinds = {
        _constants.CATEGORY_DIGIT: char.isdigit(),
        _constants.CATEGORY_SPACE: char.isspace(),
        _constants.CATEGORY_WORD: char.isalnum() or char == "_",
        _constants.CATEGORY_NOT_DIGIT: not char.isdigit(),
        _constants.CATEGORY_NOT_SPACE: not char.isspace(),
        _constants.CATEGORY_NOT_WORD: not (char.isalnum() or char == "_"),
    }
    return bool(kinds.get(argument, False))
