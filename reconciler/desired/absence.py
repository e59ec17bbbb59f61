"""Desired state that is missing as a whole: its folder, its volume, or the checkout that it is read from."""

from __future__ import annotations

from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Absence:
    """``since`` in seconds since the epoch: when it was first found missing."""

    why: str
    since: float
