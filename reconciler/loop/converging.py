"""Passes until everything is settled: what ``apply`` does, and how a process that made passes leaves.

Apart from the loop, whose watchers a command that ends doesn't need.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from reconciler.errors import EngineError, EngineUnavailable
from reconciler.loop.parts import Parts
from reconciler.loop.reconciler import Reconciler
from reconciler.status.report import Report
from reconciler.triggers.signals import cancel_on_sigterm

SOON, SHARE = 0.1, 0.2
"""Seconds between looks of a command that somebody waits for, which hears no events: fewer than ``poll``, where passes
take no more than that share of the time."""
CONTACT = 2.0
"""Seconds after which an engine that couldn't be asked even once is given up by a command that ends."""
GRACE = 3.2
"""Seconds that a stop gives the write in flight (rule 19 allows 5 in all)."""

Publish = Callable[[Report], None]


async def converge(reconciler: Reconciler, publish: Publish, timeout: float) -> Report:
    """Passes until nothing moves any more or ``timeout`` seconds are over; the last report. SIGTERM and Ctrl-C cancel
    it, and the lease is given up.

    Raises:
        EngineUnavailable: the engine can't be asked at all.
    """
    parts, began = reconciler.parts, time.monotonic()
    deadline = began + timeout
    cancel_on_sigterm()
    keeping = asyncio.ensure_future(parts.leadership.keep())
    try:
        while True:
            report = await reconciler.one_pass(("apply",))
            shown = _told(reconciler, report, publish)
            if (closing := reconciler.closing()) and closing.settled and not parts.questions.awaits:
                return _told(reconciler, closing, publish)
            if not parts.memory.met and time.monotonic() >= began + CONTACT:
                raise EngineUnavailable(report.engine_error)
            if (report.settled and not parts.questions.awaits) or time.monotonic() >= deadline:
                return shown
            pause = _pause(report, parts.settings.poll, awaits=parts.questions.awaits)
            await asyncio.sleep(max(0.0, min(pause, deadline - time.monotonic())))
    finally:
        keeping.cancel()
        await leave(parts, GRACE, GRACE)


def _told(reconciler: Reconciler, report: Report, publish: Publish) -> Report:
    """Note and publish a report; return it as it may be shown."""
    reconciler.parts.history.note(report)
    shown = reconciler.plain if reconciler.plain and reconciler.parts.settings.show_values else report
    publish(shown)
    return shown


def _pause(report: Report, poll: float, *, awaits: bool) -> float:
    """No time is lost where all that is left is to see that the writes were enough."""
    if report.plan.settling:
        return poll
    if report.standby or report.engine_error or awaits or any(outcome.passing for outcome in report.outcomes):
        return poll
    return min(poll, max(SOON, report.took / SHARE)) if report.moving else 0.0


async def leave(parts: Parts, grace: float, last_words: float) -> None:
    """Give the writes in flight ``grace`` seconds to end, and ``last_words`` each to the end of the history and to
    giving the lease up; where that fails it expires by itself."""
    await parts.memory.underway.wait(grace)
    await _within(last_words, parts.history.flush())
    await _within(last_words, parts.leadership.release())


async def _within(seconds: float, doing: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await doing
    except (EngineError, TimeoutError):
        return
