"""Log lines: a constant message, then fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from reconciler.printable import printable


def step_line(at: float, message: str, fields: Mapping[str, object]) -> str:
    """Return a log line. ``at`` is in seconds since the epoch; empty fields are left out."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    said = "".join(f" {name}={_quoted(str(value))}" for name, value in fields.items() if value != "")
    return f'time={moment} msg="{message}"{said}'


def _quoted(value: str) -> str:
    plain = printable(value.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{plain}"' if any(char in plain for char in ' "=') else plain
