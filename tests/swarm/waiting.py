"""Awaiting a condition with a deadline, in place of sleeping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL = 0.05


def until(condition: Callable[[], T | None], deadline: float = 30.0, what: str = "") -> T:
    """The first truthy value of ``condition``, asked every 50 ms; AssertionError after ``deadline`` seconds of none."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {deadline:g} s: {what or condition}; last value: {value!r}"
        pause.wait(INTERVAL)
    return value
