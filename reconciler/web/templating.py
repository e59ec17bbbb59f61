"""The page's templates, and what they can call. Every text that they print is escaped and printable."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reconciler.moments import date_and_time
from reconciler.printable import printable

FOLDER = Path(__file__).parent / "templates"
LONGEST = 2000
"""Characters of one value."""


def environment() -> Environment:
    """Return the environment that renders the page."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalized,
    )
    made.filters.update(
        segment=segment,
        moment=date_and_time,
        clock=clock,
        iso=iso,
        shown=shown,
        span=span,
        size=size,
        query=query,
        counted=counted,
        prose=prose,
    )
    return made


def _finalized(value: Any) -> Any:
    """No control character and no mark that turns the direction of writing gets into the page."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value, "\n\t")
    return value


def segment(text: str) -> str:
    """Return a name as one segment of a path."""
    return quote(text, safe="", errors="surrogateescape")


def query(given: dict[str, Any]) -> str:
    """Return what isn't empty as a query, with its question mark."""
    found = urlencode({name: value for name, value in given.items() if value}, errors="surrogateescape")
    return f"?{found}" if found else ""


def clock(at: float) -> str:
    """Return the time of day in UTC: hours and minutes."""
    return _written(at, "%H:%M")


def iso(at: float) -> str:
    """Return a moment as the ``datetime`` of a ``time`` element."""
    return _written(at, "%Y-%m-%dT%H:%M:%SZ")


def _written(at: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime(form)
    except (ValueError, OverflowError, OSError):
        return "?"


def shown(value: Any) -> str:
    """Return a value of a field as people read it; absent is a dash."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def span(seconds: float) -> str:
    """Return the two largest units of a span of time."""
    whole = max(0, int(seconds))
    for unit, length, below, part in (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= length:
            rest = whole % length // part
            return f"{whole // length} {unit}" + (f" {rest} {below}" if rest else "")
    return f"{whole} s"


def size(count: float) -> str:
    """Return bytes with a unit that people can compare."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def prose(text: str) -> Markup:
    """Return words in which what stands between back-quotes is code."""
    parts = (escape(printable(part, "\n\t")) for part in text.split("`"))
    found = Markup("")
    for place, part in enumerate(parts):
        found += Markup("<code>%s</code>") % part if place % 2 else part
    return found


def counted(number: int, what: str) -> str:
    """Return a number with its noun: ``1 service``, ``2 services``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
