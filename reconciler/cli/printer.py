"""Printer of a loop's reports, beside the loop: an output that nobody reads, or a stopped terminal, never delays the
loop."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.status.report import Report

MOST = 20
"""Reports that wait to be printed."""
LAST_WORDS = 1.0
"""Seconds for what is still to be printed at the end."""


class Unread(ReconcilerError):
    """Error: reports were dropped because nobody reads the output."""


class Printer:
    """Calls ``show`` for each report in a thread of its own; used as a context. If more than ``most`` reports wait
    while ``show`` is blocked, the oldest are dropped."""

    def __init__(self, show: Callable[[Report], None], most: int = MOST) -> None:
        self._show = show
        self._waiting: deque[Report] = deque()
        self._most = most
        self._dropped = 0
        self._failed: Exception | None = None
        self._over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the last reports. A thread that is still blocked then would hold up the interpreter's exit, so
        the process ends here."""
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join(LAST_WORDS)
        if self._thread.is_alive():
            os._exit(0 if kind is None else 1)

    def __call__(self, report: Report) -> None:
        """Have a report printed soon. Raise the error of an earlier report's printing, or ``Unread``; this report is
        printed all the same."""
        with self._changed:
            self._waiting.append(report)
            if len(self._waiting) > self._most:
                self._waiting.popleft()
                self._dropped += 1
            self._changed.notify()
            failed, self._failed = self._failed, None
        if failed:
            raise failed
        if self._dropped:
            raise Unread(f"nobody reads the output: {self._dropped} reports were dropped")

    def _run(self) -> None:
        while (report := self._next()) is not None:
            try:
                self._show(report)
                self._dropped = 0 if not self._waiting else self._dropped
            except Exception as error:
                self._failed = error

    def _next(self) -> Report | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._over)
            return self._waiting.popleft() if self._waiting else None
