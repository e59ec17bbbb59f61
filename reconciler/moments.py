"""Moments, given in seconds since the epoch, as people read them: in UTC, to the second. Total: they may come from
labels and engines."""

from __future__ import annotations

from datetime import UTC, datetime


def date_and_time(at: float) -> str:
    return _written(at, "%Y-%m-%d %H:%M:%S UTC")


def time_of_day(at: float) -> str:
    return _written(at, "%H:%M:%S UTC")


def _written(at: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime(form)
    except (ValueError, OverflowError, OSError):
        return "an unknown time"
