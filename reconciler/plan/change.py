"""One field that differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. ``path`` is written as in a Compose file; None means absent."""

    path: str
    before: Any
    after: Any
