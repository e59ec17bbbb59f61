"""Awaiting a condition with a deadline, in place of sleeping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from tests.machine import slowness

T = TypeVar("T")

INTERVAL = 0.05


def until(condition: Callable[[], T | None], deadline: float = 30.0, what: str | Callable[[], str] = "") -> T:
    """Return the first truthy value of ``condition``, asked every 50 ms.

    ``deadline`` is in seconds of a quiet machine: once it has passed, how slow the machine is now is measured, and the
    deadline grows accordingly. ``what`` is in the error; a callable describes things as they are then.

    Raises:
        AssertionError: the condition isn't met in time.
    """
    began = time.monotonic()
    end = began + deadline
    pause = threading.Event()
    while not (value := condition()):
        if time.monotonic() >= end:
            end = max(end, began + deadline * slowness())
            if time.monotonic() >= end:
                said = what() if callable(what) else what or condition
                raise AssertionError(f"not within {end - began:.0f} s: {said}; last value: {value!r}")
        pause.wait(INTERVAL)
    return value
