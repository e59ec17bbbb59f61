"""Variables in values, as the Compose Specification and docker's ``template`` package read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from reconciler.compose.document import Item, Place

_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_QUOTED = re.compile(r"""(['"])((?:\\.|(?!\1).)*)\1\s*(?:#.*)?\Z""")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")


class Unresolved(Exception):
    """A variable that can't be put in: not set though required, or not written as one. Its words don't quote the
    text around it, which may be a secret."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Interpolation:
    """Puts the variables of ``environ`` into texts; ``unset`` is told the names that aren't there."""

    def __init__(self, environ: Mapping[str, str], unset: Callable[[str], None] = lambda _: None) -> None:
        self._environ = environ
        self._unset = unset

    def text(self, text: str) -> str:
        """``text`` with every variable in it replaced. Raises ``Unresolved``."""
        return "".join(self._parts(text))

    def _parts(self, text: str) -> Iterator[str]:
        position = 0
        while (dollar := text.find("$", position)) >= 0:
            yield text[position:dollar]
            rest = text[dollar + 1 :]
            if rest.startswith("$"):
                yield "$"
                position = dollar + 2
            elif rest.startswith("{"):
                end = _closing(text, dollar + 1)
                yield self._braced(text[dollar + 2 : end])
                position = end + 1
            elif name := _NAME.match(rest):
                yield self._plain(name[0])
                position = dollar + 1 + name.end()
            else:
                raise Unresolved("a '$' that begins no variable", "write $$ for a dollar sign")
        yield text[position:]

    def _plain(self, name: str) -> str:
        if name not in self._environ:
            self._unset(name)
        return self._environ.get(name, "")

    def _braced(self, inside: str) -> str:
        found = _NAME.match(inside)
        if not found:
            raise Unresolved("'${' without a variable's name", "write ${NAME}, or $$ for a dollar sign")
        name, rest = found[0], inside[found.end() :]
        if not rest:
            return self._plain(name)
        operator = next((operator for operator in _OPERATORS if rest.startswith(operator)), "")
        if not operator:
            raise Unresolved("'${' with something else than a name", "after the name comes one of :- - :? ? :+ + or }")
        return self._decided(name, operator, rest.removeprefix(operator))

    def _decided(self, name: str, operator: str, word: str) -> str:
        value = self._environ.get(name)
        given = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("+"):
            return self.text(word) if given else ""
        if given:
            return value or ""
        if operator.endswith("?"):
            said = self.text(word)
            what = "is required and empty" if value == "" else "is required and not set"
            raise Unresolved(
                f"variable {name} {what}{': ' if said else ''}{said}", f"set {name} in the environment or in .env"
            )
        return self.text(word)


def _closing(text: str, opening: int) -> int:
    """The index of the brace that closes the one at ``opening``; defaults may hold variables of their own."""
    depth = 0
    for index in range(opening, len(text)):
        if text[index] == "{" and (index == opening or text[index - 1] == "$"):
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    raise Unresolved("'${' without its closing brace", "write ${NAME}, or $$ for a dollar sign")


def interpolate(item: Item, put: Callable[[str, Place], str]) -> Item:
    """``item`` with ``put`` applied to every text that is a value; keys stay as they are."""
    value = item.value
    if isinstance(value, str):
        return replace(item, value=put(value, item.at)) if "$" in value else item
    if isinstance(value, dict):
        return replace(item, value={key: interpolate(inner, put) for key, inner in value.items()})
    if isinstance(value, list):
        return replace(item, value=[interpolate(inner, put) for inner in value])
    return item


def dotenv(text: str) -> dict[str, str]:
    """The variables of a ``.env`` file: ``NAME=value`` per line, ``#`` comments, quotes around a value taken off."""
    found: dict[str, str] = {}
    for line in text.removeprefix("\ufeff").splitlines():
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if not sign or name.startswith("#"):
            continue
        quoted = _QUOTED.match(value.strip())
        if quoted:
            value = re.sub(r"\\(.)", _escaped, quoted[2]) if quoted[1] == '"' else quoted[2]
        else:
            value = value.partition(" #")[0].strip()
        found[name.strip()] = value
    return found


def _escaped(found: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r", "t": "\t"}.get(found[1], found[1])
