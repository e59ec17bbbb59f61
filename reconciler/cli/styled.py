"""Text with styles, and how it is written to a terminal, a file or a pipe.

A library that draws would take longer to import than most commands take; only the live table needs one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from reconciler.printable import printable

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36"}
NARROWEST = 20
"""Columns that the last cell of a row keeps, however narrow the terminal."""


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
        """Return it as it is written. Control characters, which could command a terminal, are escaped."""
        return "".join(_drawn(printable(text, "\n\t"), style if colour else "") for text, style in self.parts)

    def padded(self, width: int) -> Text:
        """Return it with blanks up to ``width`` columns."""
        return Text.assemble(self, " " * (width - len(self)))

    def shortened(self, width: int) -> Text:
        """Return it as at most ``width`` columns of one line."""
        one = Text()
        for text, style in self.parts:
            one.append(text.replace("\n", " "), style)
        if len(one) <= width:
            return one
        cut, left = Text(), width - 1
        for text, style in one.parts:
            cut.append(text[:left], style)
            left = max(0, left - len(text))
        cut.append("…")
        return cut


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text goes: ``width`` in columns, 0 for a file or a pipe, where no line is shortened."""

    width: int = 0
    colour: bool = False

    @classmethod
    def here(cls) -> Self:
        """Return what standard output is."""
        if not sys.stdout.isatty():
            return cls()
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return cls(_columns(), not plain)

    def draw(self, lines: Iterable[Text]) -> str:
        """Return the lines as they are written, each with its end."""
        return "".join(f"{line.drawn(colour=self.colour)}\n" for line in lines)


def rows(header: Sequence[str], cells: Sequence[Sequence[Text]], width: int) -> Iterator[Text]:
    """Lay out a table. Where it is wider than ``width``, the last column is shortened; names never are."""
    table = [[Text(title, "bold") for title in header], *cells]
    widths = [max(len(row[column]) for row in table) for column in range(len(header) - 1)]
    room = max(NARROWEST, width - sum(widths) - 2 * len(widths)) if width else 0
    for row in table:
        line = Text()
        for cell, size in zip(row, widths, strict=False):
            line.parts += [*cell.padded(size).parts, ("  ", "")]
        yield Text.assemble(line, row[-1].shortened(room) if room else row[-1])


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
