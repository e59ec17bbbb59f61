"""Passes until everything is settled, as ``apply`` makes them, and an orderly end for a process that made passes.

Kept apart from the loop, so that a command doesn't import the loop's watchers.
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
"""Seconds after which a command gives up an engine that it has never reached."""
GRACE = 3.2
"""Seconds that a stop gives to the write in flight (rule 19 allows 5 s in all)."""

Publish = Callable[[Report], None]


async def converge(reconciler: Reconciler, publish: Publish, timeout: float) -> Report:
    """Make passes until nothing moves, or for ``timeout`` seconds. Return the last report. SIGTERM and Ctrl-C cancel
    it; then the lease is given up.

    Raises:
        EngineUnavailable: the engine can't be reached at all.
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
    """Note a report in the history and publish it; return it as it may be shown."""
    reconciler.parts.history.note(report)
    shown = reconciler.plain if reconciler.plain and reconciler.parts.settings.show_values else report
    publish(shown)
    return shown


def _pause(report: Report, poll: float, *, awaits: bool) -> float:
    """Return the seconds until the next pass: 0 if it only has to confirm that the writes were enough."""
    if report.plan.settling:
        return poll
    if report.standby or report.engine_error or awaits or any(outcome.passing for outcome in report.outcomes):
        return poll
    return min(poll, max(SOON, report.took / SHARE)) if report.moving else 0.0


async def leave(parts: Parts, grace: float, last_words: float) -> None:
    """Wait up to ``grace`` seconds for writes in flight, then up to ``last_words`` seconds each for writing the
    history and for giving the lease up. A lease that can't be given up expires by itself."""
    await parts.memory.underway.wait(grace)
    await _within(last_words, parts.history.flush())
    await _within(last_words, parts.leadership.release())


async def _within(seconds: float, doing: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await doing
    except (EngineError, TimeoutError):
        return
