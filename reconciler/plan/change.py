"""A field that differs."""

from __future__ import annotations

from typing import Any

from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs. ``path`` is written as in a Compose file; None means absent."""

    path: str
    before: Any
    after: Any
