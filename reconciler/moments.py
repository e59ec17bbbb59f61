"""Moments, given in seconds since the epoch, as people read them: in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def date_and_time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def time_of_day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")
