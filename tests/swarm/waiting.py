"""Awaiting a condition with a deadline, in place of sleeping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL = 0.05


def until(condition: Callable[[], T | None], deadline: float = 30.0, what: str | Callable[[], str] = "") -> T:
    """The first truthy value of ``condition``, asked every 50 ms; AssertionError after ``deadline`` seconds of none.

    ``what`` is in the error; a callable tells of things as they are then.
    """
    end = time.monotonic() + deadline
    pause = threading.Event()
    while not (value := condition()):
        if time.monotonic() >= end:
            said = what() if callable(what) else what or condition
            raise AssertionError(f"not within {deadline:g} s: {said}; last value: {value!r}")
        pause.wait(INTERVAL)
    return value
