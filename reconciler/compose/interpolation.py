"""Interpolation: variables in values, as the Compose Specification and docker's ``template`` package read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from reconciler.records import dataclass
from reconciler.yaml.document import Item, Place

_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_BRACE = re.compile(r"\$\{|\}")
DEEPEST = 64
"""Variables in the defaults of variables, in a row."""
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")


class Unresolved(Exception):
    """A variable that can't be resolved: it is required but not set, or its syntax is wrong. The message doesn't
    quote the string around it, which may be a secret."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Interpolation:
    """Replaces the variables in strings by their values in ``environ``. ``unset`` is called with each missing name,
    or with an empty name if the name may be part of a password (``pa$sword``). ``spend`` is called with the number
    of characters that each variable brings in. ``lenient`` leaves a `$` that begins no variable as it is."""

    def __init__(
        self,
        environ: Mapping[str, str],
        unset: Callable[[str], None] = lambda _: None,
        spend: Callable[[int], None] = lambda _: None,
        *,
        lenient: bool = False,
    ) -> None:
        self._environ = environ
        self._unset = unset
        self._spend = spend
        self._lenient = lenient

    def text(self, text: str) -> str:
        """Return ``text`` with every variable replaced.

        Raises:
            Unresolved: a variable can't be resolved.
        """
        return "".join(self._parts(_Braced(text, _ends(text)), 0, len(text), 0)) if "$" in text else text

    def _parts(self, whole: _Braced, position: int, end: int, depth: int) -> Iterator[str]:
        text = whole.text
        while (dollar := text.find("$", position, end)) >= 0:
            yield text[position:dollar]
            position = dollar + 1
            if text.startswith("$", position, end):
                yield "$"
                position += 1
            elif text.startswith("{", position, end):
                closing = whole.ends.get(position, end)
                if closing >= end:
                    raise Unresolved("'${' without its closing brace", "write ${NAME}, or $$ for a dollar sign")
                yield from self._braced(whole, position + 1, closing, depth)
                position = closing + 1
            elif name := _NAME.match(text, position, end):
                yield self._plain(name[0], meant=_is_meant(text, name))
                position = name.end()
            elif self._lenient:
                yield "$"
            else:
                raise Unresolved("a '$' that begins no variable", "write $$ for a dollar sign")
        yield text[position:end]

    def _plain(self, name: str, *, meant: bool = True) -> str:
        if name not in self._environ:
            self._unset(name if meant else "")
        return self._value(name)

    def _value(self, name: str) -> str:
        value = self._environ.get(name, "")
        self._spend(len(value))
        return value

    def _braced(self, whole: _Braced, position: int, end: int, depth: int) -> Iterator[str]:
        found = _NAME.match(whole.text, position, end)
        if not found:
            raise Unresolved("'${' without a variable's name", "write ${NAME}, or $$ for a dollar sign")
        name, position = found[0], found.end()
        if position == end:
            yield self._plain(name)
            return
        operator = next((each for each in _OPERATORS if whole.text.startswith(each, position, end)), "")
        if not operator:
            raise Unresolved("'${' with something else than a name", "after the name comes one of :- - :? ? :+ + or }")
        if depth >= DEEPEST:
            raise Unresolved(f"variables nested more than {DEEPEST} deep", "give one of them a name in .env")
        value = self._environ.get(name)
        given = bool(value) if operator.startswith(":") else value is not None
        word = self._parts(whole, position + len(operator), end, depth + 1)
        if operator.endswith("+"):
            yield from word if given else ()
        elif given:
            yield self._value(name)
        elif operator.endswith("?"):
            said = "".join(word)
            what = "is required and empty" if value == "" else "is required and not set"
            hint = f"set {name} in the environment or in .env"
            raise Unresolved(f"variable {name} {what}{': ' if said else ''}{said}", hint)
        else:
            yield from word


def missing(name: str) -> tuple[str, str]:
    """Return the message and the hint about a name that ``unset`` got."""
    if not name:
        hint = "write $$ for a dollar sign that is part of the text, and ${NAME} for a variable"
        return "a '$' in this text begins a variable that is not set: empty is taken", hint
    return f"variable {name} is not set: empty is taken", f"set it, or say ${{{name}:-}}; write $$ for a dollar sign"


def _is_meant(text: str, name: re.Match[str]) -> bool:
    """Say whether a name without braces looks like a variable: it is in capitals, or is the whole string."""
    return name[0].isupper() or len(name[0]) + 1 == len(text)


@dataclass(frozen=True, slots=True)
class _Braced:
    """A string, and the index of the closing brace for each brace that opens a variable."""

    text: str
    ends: Mapping[int, int]


def _ends(text: str) -> dict[int, int]:
    """Return the index of the closing brace for each `{` after a `$`: defaults may contain variables of their own."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "${":
            opened.append(brace.end() - 1)
        elif opened:
            ends[opened.pop()] = brace.start()
    return ends


def interpolate(item: Item, put: Callable[[str, Place], str]) -> Item:
    """Return ``item`` with ``put`` applied to every string that is a value; keys stay as they are."""
    value = item.value
    if isinstance(value, str):
        return Item(put(value, item.at), item.at, item.key, item.tag) if "$" in value else item
    if isinstance(value, dict):
        return Item({key: interpolate(inner, put) for key, inner in value.items()}, item.at, item.key, item.tag)
    if isinstance(value, list):
        return Item([interpolate(inner, put) for inner in value], item.at, item.key, item.tag)
    return item
