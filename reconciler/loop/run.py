"""The loop, run for ever, and its short form: passes until everything is settled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from reconciler.errors import EngineError, EngineUnavailable
from reconciler.loop.lease import is_lease_event
from reconciler.loop.passes import Reconciler
from reconciler.status.report import Report
from reconciler.triggers.engine import watch_engine
from reconciler.triggers.files import watch_desired
from reconciler.triggers.signals import watch_signals
from reconciler.triggers.wakes import TIMER, Wake, Wakes

POLL = 0.4
"""Seconds between looks while something moves: the engine tells nothing of tasks on other nodes."""
RETRY_FIRST, RETRY_LAST = 0.25, 5.0
"""Seconds between tries to reach an engine that can't be asked: doubling, from the first to the last."""
GRACE = 4.0
"""Seconds that a stop gives the write in flight (rule 19 allows 5 in all)."""

Publish = Callable[[Report], None]


async def converge(reconciler: Reconciler, publish: Publish, timeout: float) -> Report:
    """Passes until nothing moves any more or ``timeout`` seconds are over; the last report.

    Raises:
        EngineUnavailable: the engine can't be asked at all.
    """
    deadline = time.monotonic() + timeout
    try:
        while True:
            report = await reconciler.one_pass(("apply",))
            publish(report)
            if report.engine_error and report.id == 1:
                raise EngineUnavailable(report.engine_error)
            if report.settled or time.monotonic() >= deadline:
                return report
            pause = POLL if report.moving or any(outcome.passing for outcome in report.outcomes) else 0.0
            await asyncio.sleep(max(0.0, min(pause, deadline - time.monotonic())))
    finally:
        await reconciler.leadership.release()


async def run(reconciler: Reconciler, publish: Publish) -> None:
    """Reconcile whenever there is a reason to, until SIGTERM or SIGINT."""
    wakes, stop = Wakes(), asyncio.Event()
    settings = reconciler.settings
    watch_signals(wakes, stop)
    sources = [
        watch_desired(settings.desired, settings.trigger_file, wakes),
        watch_engine(reconciler.swarm.events, wakes, lambda event: is_lease_event(event, settings.owner)),
        reconciler.leadership.keep(lambda: wakes.add(Wake("lease taken over"))),
    ]
    watching = [asyncio.ensure_future(source) for source in sources]
    passing = asyncio.ensure_future(_for_ever(reconciler, wakes, publish))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        done, _ = await asyncio.wait([passing, stopped, *watching], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()
    finally:
        reconciler.stopping = True
        wakes.add(Wake("stopping"))
        await asyncio.wait([passing], timeout=GRACE)
        for task in (passing, stopped, *watching):
            task.cancel()
        await asyncio.gather(passing, stopped, *watching, return_exceptions=True)
        await _give_up_the_lease(reconciler)


async def _for_ever(reconciler: Reconciler, wakes: Wakes, publish: Publish) -> None:
    batch: tuple[Wake, ...] = (Wake("start"),)
    failures, read_at = 0, 0.0
    while not reconciler.stopping:
        reasons = tuple(wake.reason for wake in batch)
        forced = any(wake.forced for wake in batch)
        reread = reasons != (TIMER,) or time.time() - read_at >= reconciler.settings.interval
        report = await reconciler.one_pass(reasons, forced=forced, reread=reread)
        read_at = report.at if reread else read_at
        publish(report)
        failures = failures + 1 if report.engine_error else 0
        batch = await wakes.next(_next_look(report, failures, reconciler.settings.interval))


def _next_look(report: Report, failures: int, interval: float) -> float:
    """When to look again though nothing happened, in seconds since the epoch."""
    now = report.at + report.took
    if failures:
        return now + min(RETRY_FIRST * 2.0 ** (failures - 1), RETRY_LAST)
    if report.moving or any(outcome.passing for outcome in report.outcomes):
        return now + POLL
    rechecks = [judgement.recheck_at for judgement in report.judgements.values()]
    retries = [outcome.retry_at for outcome in report.outcomes]
    times: list[float] = [moment for moment in (*rechecks, *retries) if moment is not None]
    return max(now + POLL, min((*times, now + interval)))


async def _give_up_the_lease(reconciler: Reconciler) -> None:
    try:
        await asyncio.wait_for(reconciler.leadership.release(), 1.0)
    except (EngineError, TimeoutError):
        return
