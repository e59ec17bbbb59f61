"""Text with styles, and how it is written to a terminal, a file or a pipe.

A drawing library would take longer to import than most commands run; only the live table needs one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Self, TextIO

from reconciler.printable import printable
from reconciler.records import dataclass

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36"}


class Text:
    """Strings, each with a style: words of ``_CODES`` with blanks between them."""

    def __init__(self, text: str = "", style: str = "") -> None:
        self.parts: list[tuple[str, str]] = [(text, style)] if text else []

    @classmethod
    def assemble(cls, *parts: str | tuple[str, str] | Text) -> Self:
        """Return all parts as one text."""
        made = cls()
        for part in parts:
            if isinstance(part, Text):
                made.parts += part.parts
            elif isinstance(part, tuple):
                made.append(*part)
            else:
                made.append(part)
        return made

    def append(self, text: str, style: str = "") -> None:
        if text:
            self.parts.append((text, style))

    @property
    def plain(self) -> str:
        return "".join(text for text, _ in self.parts)

    def __len__(self) -> int:
        return sum(len(text) for text, _ in self.parts)

    def drawn(self, *, colour: bool) -> str:
        """Return the text as it is written. Control characters, which could command a terminal, are escaped."""
        return "".join(_drawn(printable(text, "\n\t"), style if colour else "") for text, style in self.parts)

    def wrapped(self, width: int) -> Iterator[Text]:
        """Yield lines of at most ``width`` columns, split between words; a longer word isn't split."""
        plain, start = self.plain, 0
        while len(plain) - start > width:
            head = len(plain[start:]) - len(plain[start:].lstrip())
            cut = plain.rfind(" ", start + head + 1, start + width + 1)
            cut = cut if cut >= 0 else plain.find(" ", start + width)
            if cut < 0:
                break
            yield self._slice(start, cut)
            start = cut + 1
        yield self._slice(start, len(plain))

    def _slice(self, start: int, end: int) -> Text:
        part, at = Text(), 0
        for text, style in self.parts:
            part.append(text[max(0, start - at) : max(0, end - at)], style)
            at += len(text)
        return part


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text goes: ``width`` in columns, 0 for a file or a pipe, where no line is shortened."""

    width: int = 0
    colour: bool = False

    @classmethod
    def here(cls) -> Self:
        """Return the screen of standard output."""
        return cls.of(sys.stdout)

    @classmethod
    def of(cls, stream: TextIO) -> Self:
        """Return the screen of a stream."""
        if not stream.isatty():
            return cls()
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return cls(_columns(), not plain)

    def draw(self, lines: Iterable[Text]) -> str:
        """Return the lines as they are written, each with its end."""
        return "".join(f"{part.drawn(colour=self.colour)}\n" for line in lines for part in self._fitted(line))

    def _fitted(self, line: Text) -> Iterable[Text]:
        if not self.width or len(line) <= self.width or "\n" in line.plain:
            return (line,)
        return line.wrapped(self.width)


def _columns() -> int:
    """Return the width of the terminal, as ``shutil`` does, which takes long to import."""
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdecimal() and int(said[:5]) > 0:
        return int(said[:5])
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80


def _drawn(text: str, style: str) -> str:
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\033[{codes}m{text}\033[0m" if codes else text
