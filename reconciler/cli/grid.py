"""Table whose names never break: in a narrow terminal the last column is shortened."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from reconciler.cli.styled import Text
from reconciler.records import dataclass

GAP = "  "
LEAST, WRAPS = 12, 40
"""Columns of the last cell. With fewer than ``LEAST`` left, it gets a line of its own; from ``WRAPS`` on it is
wrapped; between them it is shortened."""
Cell = str | tuple[str, str]
"""A string, or one with its style."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Table. ``rows`` have as many cells as the ``header``. ``spare`` names columns that a narrow terminal drops, in
    this order."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    spare: Sequence[str] = ()

    def lines(self, width: int) -> Iterator[Text]:
        """Return the lines, none longer than ``width`` if the names allow it; 0 for any length."""
        rows = [[(title, "bold") for title in self.header], *self.rows]
        texts = [[_one_line(cell if isinstance(cell, str) else cell[0]) for cell in row] for row in rows]
        sizes = [max(len(row[at]) for row in texts) for at in range(len(self.header) - 1)]
        kept = self._kept(sizes, width)
        sizes = [sizes[at] for at in kept]
        left = width - _taken(sizes) if width else None
        for row, cells in zip(rows, texts, strict=True):
            styles = ["" if isinstance(row[at], str) else row[at][1] for at in (*kept, -1)]
            shown = [cells[at] for at in (*kept, -1)]
            if row is rows[0] and left is not None and left < LEAST:
                shown[-1] = ""
            yield from _line(styles, shown, sizes, left)

    def _kept(self, sizes: Sequence[int], width: int) -> list[int]:
        """Return the columns that are shown, without the last one."""
        kept = list(range(len(sizes)))
        for title in self.spare:
            if not width or _taken([sizes[at] for at in kept]) <= width + len(GAP):
                break
            kept.remove(self.header.index(title))
        return kept


def _taken(sizes: Sequence[int]) -> int:
    """Return the columns that cells of these sizes take before the last cell begins."""
    return sum(sizes) + len(GAP) * len(sizes)


def _line(styles: Sequence[str], cells: Sequence[str], sizes: Sequence[int], left: int | None) -> Iterator[Text]:
    """Return the lines of one row; ``left`` is the width for its last cell, None for any."""
    indent = _taken(sizes)
    first, *more = _fitted(cells[-1], left)
    line, blank = Text(), 0
    for cell, size, style in zip((*cells[:-1], first), (*sizes, 0), styles, strict=True):
        if cell:
            line.append(" " * blank)
            line.append(cell, style)
            blank = 0
        blank += size - len(cell) + len(GAP)
    yield line
    if left is not None and left < LEAST:
        yield from (Text(f"{GAP}{shortened(part, max(left + indent - len(GAP), LEAST))}", styles[-1]) for part in more)
    else:
        yield from (Text(" " * indent + part, styles[-1]) for part in more)


def _fitted(last: str, left: int | None) -> list[str]:
    """Return the lines of the last cell; the first one goes beside the other cells."""
    if left is None:
        return [last]
    if left < LEAST:
        return ["", last] if last else [""]
    if left < WRAPS:
        return [shortened(last, left)]
    return textwrap.wrap(last, left, break_long_words=False, break_on_hyphens=False) or [""]


def shortened(text: str, width: int) -> str:
    """Cut a string that is longer than ``width`` columns, and end it with an ellipsis."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))
