"""Lines of logs as text: ``shop_web.1@node1 | text``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.cli.log_reading import LogEntry
    from reconciler.status.service_names import Named

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
"""Colours of the places in a terminal, in turn."""
_CONTROL = re.compile("[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\\[[0-9;]{0,20}m)")
"""Control characters, such as those that move the cursor. Colours and tabs are kept."""


def text_lines(services: Sequence[Named], *, timestamps: bool) -> Callable[[LogEntry], str]:
    """Return a function that makes text of a line. In a terminal each place has a colour, and control characters are
    shown as Python writes them."""
    terminal = sys.stdout.isatty()
    width = max(len(each.name) for each in services)
    colours: dict[str, int] = {}
    longest = width

    def text(said: LogEntry) -> str:
        nonlocal longest
        place = f"{said.service.name}{f'.{said.slot}' if said.slot else ''}{f'@{said.node}' if said.node else ''}"
        longest = max(longest, len(place))
        at = f"{said.line.at} " if timestamps and said.line.at else ""
        if not terminal:
            return f"{at}{place.ljust(longest)} | {said.line.text}"
        colour = colours.setdefault(place, COLOURS[len(colours) % len(COLOURS)])
        return f"{at}\x1b[{colour}m{place.ljust(longest)} |\x1b[0m {harmless(said.line.text)}\x1b[0m"

    return text


def harmless(text: str) -> str:
    """Write control characters, except tabs and colours, as Python writes them."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)
