"""Parser of the ``.env`` file, as Docker Compose reads it (compose-go, ``dotenv``): quotes over several lines,
variables in values, escapes, comments. An ``env_file`` is read differently, as ``docker stack`` does
(``files.env_file``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from reconciler.compose.budget import Budget
from reconciler.compose.faults import Found
from reconciler.compose.interpolation import Interpolation, Unresolved, missing
from reconciler.errors import Fault
from reconciler.records import dataclass
from reconciler.yaml.document import Place

MOST_TOLD = 100
"""Faults of one file that are listed."""
_NO_SPACE = re.compile(r"\S")
_NO_BLANK = re.compile(r"[^\t\v\f\r \x85\xa0]|\Z")
_NAME_END = re.compile(r"[=:\n]")
_EXPORT = re.compile(r"export[\t\v\f\r \x85\xa0]+")
_SPECIAL = {'"': re.compile(r'["\\]'), "'": re.compile(r"['\\]")}
_ESCAPE = re.compile(r'\\(?:([abfnrtv"\\])|(\$)|0([0-3][0-7]{2})|(0[0-9]{0,3}))')
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\"}


class Dotenvs:
    """Cache of parsed ``.env`` files: one file may be beside many stacks."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._known: dict[str, _Parsed] = {}

    def parsed(self, text: str, file: str, found: Found, budget: Budget) -> dict[str, str]:
        """Return the variables of ``text``, as ``dotenv`` does.

        Raises:
            Exceeded: the variables multiply beyond ``budget``.
        """
        known = self._known.get(file)
        if known and known.text == text:
            found.faults += known.faults
            found.warnings += known.warnings
            budget.values += known.values_taken
            budget.text += known.text_taken
            return known.variables
        faults, warnings = len(found.faults), len(found.warnings)
        values, size = budget.values, budget.text
        variables = dotenv(text, file, self._environ, found, budget)
        taken = budget.values - values, budget.text - size
        self._known[file] = _Parsed(text, variables, found.faults[faults:], found.warnings[warnings:], *taken)
        return variables


@dataclass(frozen=True, slots=True)
class _Parsed:
    text: str
    variables: dict[str, str]
    faults: list[Fault]
    warnings: list[Fault]
    values_taken: int
    text_taken: int


class _Wrong(Exception):
    """One statement that can't be read, at an offset; ``position`` is where the next statement begins."""

    def __init__(self, message: str, hint: str, at: int, position: int) -> None:
        super().__init__(message)
        self.hint = hint
        self.at = at
        self.position = position


def dotenv(text: str, file: str, environ: Mapping[str, str], found: Found, budget: Budget) -> dict[str, str]:
    """Return the variables of ``text``. If a value uses a variable that ``environ`` has too, ``environ`` takes
    precedence. ``found`` collects faults, at their places in ``file``.

    Raises:
        Exceeded: the variables multiply beyond ``budget``.
    """
    return _Parser(text.removeprefix("\ufeff"), file, environ, found, budget).parsed()


class _Parser:
    def __init__(self, text: str, file: str, environ: Mapping[str, str], found: Found, budget: Budget) -> None:
        self._text = text
        self._file = file
        self._environ = environ
        self._known = dict(environ)
        self._found = found
        self._budget = budget
        self._variables: dict[str, str] = {}
        self._counted = (0, 1, 0)
        """An offset, its line, and where that line begins."""

    def parsed(self) -> dict[str, str]:
        position, told = self._start(0), 0
        while position < len(self._text) and told < MOST_TOLD:
            try:
                position = self._statement(position)
            except _Wrong as wrong:
                position, told = wrong.position, told + 1
                self._found.fault_at(self._place(wrong.at), str(wrong), wrong.hint)
            position = self._start(position)
        return self._variables

    def _start(self, position: int) -> int:
        """Return where the next statement begins, after blanks and comments."""
        while (found := _NO_SPACE.search(self._text, position)) and found[0] == "#":
            position = self._line_end(found.start())
        return found.start() if found else len(self._text)

    def _statement(self, position: int) -> int:
        """Read one statement, and return where it ends."""
        begin, text = position, self._text
        self._budget.spend_values(1, self._place(begin))
        if export := _EXPORT.match(text, position):
            position = export.end()
        found = _NAME_END.search(text, position)
        end = found.start() if found else len(text)
        name = text[position:end].strip()
        self._judge_name(name, begin, end)
        if found is None or found[0] == "\n":  # a bare name takes its value from the environment
            if name in self._environ:
                self._set(name, self._environ[name])
            return end
        blank = _NO_BLANK.search(text, end + 1)
        start = blank.start() if blank else len(text)
        if text[start : start + 1] in _SPECIAL:
            return self._quoted(name, start)
        end = self._line_end(start)
        value = text[start:end].partition(" #")[0].rstrip()
        self._set(name, self._expanded(value, start, end))
        return end

    def _judge_name(self, name: str, at: int, end: int) -> None:
        if not name:
            raise _Wrong("a variable's name is missing", "write NAME=value", at, self._line_end(end))
        if not all(char.isalnum() or char in "_.-[]" for char in name):
            hint = "write NAME=value; begin a comment with #"
            raise _Wrong("characters not allowed in a variable's name", hint, at, self._line_end(at))

    def _quoted(self, name: str, opening: int) -> int:
        quote = self._text[opening]
        pieces, end = self._until_closed(opening)
        value = "".join(pieces)
        if quote == '"':
            value = self._expanded(_ESCAPE.sub(_unescaped, value), opening, end)
        self._set(name, value)
        return end

    def _set(self, name: str, value: str) -> None:
        self._variables[name] = value
        if name not in self._environ:
            self._known[name] = value

    def _until_closed(self, opening: int) -> tuple[list[str], int]:
        """Return the text between the quotes, with escaped quotes unescaped, and where the closing quote ends."""
        text, quote = self._text, self._text[opening]
        pieces: list[str] = []
        position = opening + 1
        while special := _SPECIAL[quote].search(text, position):
            if special[0] == quote:
                pieces.append(text[position : special.start()])
                return pieces, special.end()
            escaped = text[special.end() : special.end() + 1]
            pieces.append(text[position : special.start()] + (escaped if escaped == quote else f"\\{escaped}"))
            position = special.end() + 1
        hint = f"close it with {quote}, or write \\{quote} for a quote in the value"
        raise _Wrong("the quote isn't closed", hint, opening, len(text))

    def _expanded(self, value: str, at: int, end: int) -> str:
        if "$" not in value:
            return value
        place = self._place(at)

        def unset(name: str) -> None:
            self._found.warn_at(place, *missing(name))

        try:
            spend = partial(self._budget.spend_text, at=place)
            return Interpolation(self._known, unset, spend, lenient=True).text(value)
        except Unresolved as error:
            raise _Wrong(str(error), error.hint, at, end) from None

    def _line_end(self, position: int) -> int:
        end = self._text.find("\n", position)
        return end if end >= 0 else len(self._text)

    def _place(self, position: int) -> Place:
        """Return the place of a position. Positions only grow, so count on from the last place: counting from the
        top each time would be quadratic."""
        before, line, start = self._counted
        if lines := self._text.count("\n", before, position):
            line, start = line + lines, self._text.rfind("\n", before, position) + 1
        self._counted = position, line, start
        return self._file, line, position - start + 1


def _unescaped(found: re.Match[str]) -> str:
    plain, dollar, octal, digits = found.groups()
    if plain:
        return _ESCAPED[plain]
    if dollar:
        return "$$"  # interpolation makes a dollar sign of it
    return chr(int(octal, 8)) if octal else f"\\{digits[1:]}"
