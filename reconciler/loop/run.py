"""The loop, run for ever, and its short form: passes until everything is settled."""

from __future__ import annotations

import asyncio
import os
import time
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.control.server import Control
from reconciler.control.state import State
from reconciler.errors import EngineError, EngineUnavailable
from reconciler.identity import Identity
from reconciler.loop.history import is_history_event
from reconciler.loop.lease import is_lease_event
from reconciler.loop.passes import Reconciler
from reconciler.loop.settings import Settings
from reconciler.plan.model import Result
from reconciler.status.report import Report
from reconciler.triggers.commits import watch_head
from reconciler.triggers.engine import Event, watch_engine
from reconciler.triggers.files import watch_desired, watch_trigger
from reconciler.triggers.signals import cancel_on_sigterm, watch_signals
from reconciler.triggers.wakes import TIMER, Wake, Wakes

POLL = 0.4
"""Seconds between looks while something moves: the engine tells nothing of tasks on other nodes."""
SOON, SHARE = 0.1, 0.2
"""The same for a command that somebody waits for, which hears no events: sooner, where passes take no more than that
share of the time."""
RETRY_FIRST, RETRY_LAST = 0.25, 5.0
"""Seconds between tries to reach an engine that can't be asked: doubling, from the first to the last."""
CONTACT = 2.0
"""Seconds after which an engine that couldn't be asked even once is given up by a command that ends."""
GRACE = 3.2
"""Seconds that a stop gives the write in flight (rule 19 allows 5 in all)."""
LAST_WORDS = 0.6
"""Seconds for the end of the history, and again for giving the lease up."""

Publish = Callable[[Report], None]


async def converge(reconciler: Reconciler, publish: Publish, timeout: float) -> Report:
    """Passes until nothing moves any more or ``timeout`` seconds are over; the last report. SIGTERM and Ctrl-C cancel
    it, and the lease is given up.

    Raises:
        EngineUnavailable: the engine can't be asked at all.
    """
    began = time.monotonic()
    deadline = began + timeout
    cancel_on_sigterm()
    keeping = asyncio.ensure_future(reconciler.leadership.keep())
    try:
        while True:
            report = await reconciler.one_pass(("apply",))
            reconciler.history.note(report)
            publish(report)
            if not reconciler.met and time.monotonic() >= began + CONTACT:
                raise EngineUnavailable(report.engine_error)
            if (report.settled and not reconciler.awaits) or time.monotonic() >= deadline:
                return report
            pause = _pause(report, awaits=reconciler.awaits)
            await asyncio.sleep(max(0.0, min(pause, deadline - time.monotonic())))
    finally:
        keeping.cancel()
        await leave(reconciler, GRACE, GRACE)


def _pause(report: Report, *, awaits: bool) -> float:
    """No time is lost where all that is left is to see that the writes were enough."""
    if report.standby or report.engine_error or awaits or any(outcome.passing for outcome in report.outcomes):
        return POLL
    return min(POLL, max(SOON, report.took / SHARE)) if report.moving else 0.0


async def run(reconciler: Reconciler, publish: Publish) -> None:
    """Reconcile whenever there is a reason to, until SIGTERM or SIGINT."""
    wakes, stop = Wakes(), asyncio.Event()
    settings = reconciler.settings
    watch_signals(wakes, stop)
    reconciler.probing.changed = lambda reason: wakes.add_from_thread(Wake(reason))
    control = Control(settings.environ, _state(settings), wakes)
    control.take_over()
    sources = [
        control.serve(),
        _watch_desired(settings, wakes),
        watch_head(settings.desired, wakes),
        watch_engine(reconciler.swarm.events, wakes, lambda event: _is_our_own(event, settings.owner)),
        reconciler.leadership.keep(lambda: wakes.add(Wake("lease taken over"))),
        reconciler.history.keep(),
    ]
    watching = [asyncio.ensure_future(source) for source in sources]
    passing = asyncio.ensure_future(_for_ever(reconciler, wakes, publish, control))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        done, _ = await asyncio.wait([passing, stopped, *watching], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()
    finally:
        reconciler.stopping, stop_by = True, time.monotonic() + GRACE
        wakes.add(Wake("stopping"))
        await asyncio.wait([passing], timeout=GRACE)
        for task in (passing, stopped, *watching):
            task.cancel()
        await asyncio.gather(passing, stopped, *watching, return_exceptions=True)
        await leave(reconciler, stop_by - time.monotonic(), LAST_WORDS)


def _state(settings: Settings) -> State:
    """How this process is known outside, before its first pass."""
    return State(
        process=str(Identity.current()),
        pid=os.getpid(),
        owner=settings.owner,
        since=time.time(),
        trigger=str(settings.trigger_file.absolute()),
        interval=settings.interval,
        pass_timeout=settings.pass_timeout,
    )


async def _watch_desired(settings: Settings, wakes: Wakes) -> None:
    """Edits are no reason for a pass where only commits count."""
    if settings.committed:
        await watch_trigger(settings.trigger_file, wakes)
    else:
        await watch_desired(settings.desired, settings.trigger_file, wakes)


async def _for_ever(reconciler: Reconciler, wakes: Wakes, publish: Publish, control: Control) -> None:
    batch: tuple[Wake, ...] = (Wake("start"),)
    failures, read_at, forced = 0, 0.0, False
    while not reconciler.stopping:
        reasons = tuple(wake.reason for wake in batch)
        forced = forced or any(wake.forced for wake in batch)
        if any(wake.agreed for wake in batch):
            reconciler.agreed = frozenset()
        reread = reasons != (TIMER,) or time.time() - read_at >= reconciler.settings.interval
        control.began(forced=forced)
        report = await _one_pass(reconciler, reasons, forced=forced, reread=reread)
        report = replace(report, warnings=(*report.warnings, *control.warnings))
        read_at = report.at if reread else read_at
        control.ended(report, awaits=reconciler.awaits)
        publish(report)
        failures = failures + 1 if report.engine_error else 0
        forced = forced and bool(report.engine_error)  # what was asked for is done when the engine can be asked again
        look = _next_look(report, failures, reconciler.settings.interval)
        batch = await wakes.next(min(look, max(reconciler.due_at, report.at + POLL)))


async def _one_pass(reconciler: Reconciler, reasons: tuple[str, ...], *, forced: bool, reread: bool) -> Report:
    """A fault of our own ends one pass, not the loop: it is told with its place, and tried again with backoff."""
    try:
        report = await reconciler.one_pass(reasons, forced=forced, reread=reread)
        reconciler.history.note(report)
        return report
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        fault = f"a fault of our own, please report it: {type(error).__name__} at {where}"
        return Report(0, time.time(), reasons, forced, engine_error=fault)


def _next_look(report: Report, failures: int, interval: float) -> float:
    """When to look again though nothing happened, in seconds since the epoch."""
    now = report.at + report.took
    if failures:
        return now + min(RETRY_FIRST * 2.0 ** (failures - 1), RETRY_LAST)
    if report.moving or any(outcome.passing or outcome.result is Result.CHANGED for outcome in report.outcomes):
        return now + POLL
    rechecks = [judgement.recheck_at for judgement in report.judgements.values()]
    retries = [outcome.retry_at for outcome in report.outcomes]
    times: list[float] = [moment for moment in (*rechecks, *retries) if moment is not None]
    return max(now + POLL, min((*times, now + interval)))


async def leave(reconciler: Reconciler, grace: float, last_words: float) -> None:
    """Give the writes in flight ``grace`` seconds to end, and ``last_words`` each to the end of the history and to
    giving the lease up; where that fails it expires by itself."""
    await reconciler.underway.wait(grace)
    await _within(last_words, reconciler.history.flush())
    await _within(last_words, reconciler.leadership.release())


async def _within(seconds: float, doing: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await doing
    except (EngineError, TimeoutError):
        return


def _is_our_own(event: Event, owner: str) -> bool:
    """What we write down for ourselves must not wake the loop."""
    return is_lease_event(event, owner) or is_history_event(event, owner)
