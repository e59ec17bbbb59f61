"""Types of settings: how a value is read from text and from a file, and how it is written.

``read`` takes what an option or a variable says, ``take`` what a file holds. Both raise ``ValueError``, whose words go
after the setting's name: what is wrong and, after a semicolon, what would be right. ``shown`` writes a value so that
``read`` reads it again; ``plain`` is the value for JSON.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Any

from reconciler.durations import HINT, LONGEST, seconds, short
from reconciler.records import dataclass

YES, NO = frozenset({"1", "true", "t", "yes", "y", "on"}), frozenset({"0", "false", "f", "no", "n", "off"})
DIGITS = 9
"""Digits of the largest whole number that is read."""
SHOWN = 40
"""Characters of a wrong value that are quoted."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Any text."""

    metavar: str = "TEXT"
    unit: str = ""
    many: bool = False
    """Whether the option may be given several times."""

    def read(self, text: str) -> Any:
        return text

    def take(self, value: Any) -> Any:
        return self.read(text_of(value))

    def shown(self, value: Any) -> str:
        return str(value)

    def plain(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Time(Kind):
    """Seconds, or numbers with units."""

    metavar: str = "TIME"
    unit: str = "seconds"
    least: float = 0.0

    def read(self, text: str) -> float:
        return seconds(text, least=self.least)

    def take(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(f"must be a time; {HINT}")  # noqa: TRY004 # one error for all that can't be taken
        return seconds(str(value), least=self.least)

    def shown(self, value: float) -> str:
        return short(value)

    def schema(self) -> dict[str, Any]:
        number = {"type": "number", "minimum": self.least, "maximum": LONGEST}
        return {"anyOf": [number, {"type": "string", "pattern": "^([0-9.]+|([0-9.]+(d|h|m|s|ms|us|ns))+)$"}]}


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number between two bounds."""

    metavar: str = "N"
    least: int = 0
    most: int = 10**DIGITS

    def read(self, text: str) -> int:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else -1
        return self._bounded(number, text)

    def take(self, value: Any) -> int:
        return self._bounded(value, str(value)) if type(value) is int else self.read(text_of(value))

    def _bounded(self, number: int, said: str) -> int:
        if not self.least <= number <= self.most:
            raise ValueError(f"{said[:SHOWN]!r} isn't a whole number from {self.least} to {self.most}")
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    """Yes or no. On the command line it takes no value."""

    metavar: str = ""

    def read(self, text: str) -> bool:
        if text.lower() not in YES | NO:
            raise ValueError(f"{text[:SHOWN]!r} is neither true nor false")
        return text.lower() in YES

    def take(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("must be true or false; write it without quotes")  # noqa: TRY004
        return value

    def shown(self, value: bool) -> str:
        return "true" if value else "false"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class OnePath(Kind):
    """A path. One that a file names is relative to the file's folder."""

    metavar: str = "FILE"

    def read(self, text: str) -> Path:
        if "\0" in text:
            raise ValueError("must be a path; this one has a null character in it")
        return Path(text)

    def plain(self, value: Path | None) -> str | None:
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of the values of an enum."""

    of: type[StrEnum] = StrEnum

    @property
    def words(self) -> list[str]:
        return [each.value for each in self.of]

    def read(self, text: str) -> StrEnum:
        if text not in self.words:
            raise ValueError(f"{text[:SHOWN]!r} isn't one of {', '.join(self.words)}")
        return self.of(text)

    def schema(self) -> dict[str, Any]:
        return {"enum": self.words}


@dataclass(frozen=True, slots=True)
class Several(Kind):
    """A tuple of values; ``parts`` is what a variable has between them, blanks where that is empty."""

    many: bool = True
    each: Kind = Kind()
    parts: str = ""

    def read(self, text: str) -> tuple[Any, ...]:
        return tuple(self.each.read(part) for part in text.split(self.parts or None))

    def take(self, value: Any) -> tuple[Any, ...]:
        return tuple(map(self.each.take, value)) if isinstance(value, list) else (self.each.take(value),)

    def shown(self, value: tuple[Any, ...]) -> str:
        return (self.parts or " ").join(map(self.each.shown, value))

    def plain(self, value: tuple[Any, ...]) -> list[Any]:
        return list(map(self.each.plain, value))

    def schema(self) -> dict[str, Any]:
        one = self.each.schema()
        return {"anyOf": [one, {"type": "array", "items": one}]}


def choice(of: type[StrEnum], metavar: str = "") -> Choice:
    """Return the kind of an enum. The metavar of a long one is given."""
    return Choice(metavar or f"<{'|'.join(each.value for each in of)}>", of=of)


def paths(metavar: str) -> Several:
    """Return the kind of several paths, which a variable parts as ``PATH`` does."""
    return Several(metavar, each=OnePath(), parts=os.pathsep)


def text_of(value: Any) -> str:
    """Return a string of a file. Raises ``ValueError`` for what is none, without quoting it: it may be a secret."""
    if not isinstance(value, str):
        raise ValueError("must be a string; put it in quotes")  # noqa: TRY004
    return value
