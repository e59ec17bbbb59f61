"""The loop, run for ever, and its short form: passes until everything is settled."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any

from reconciler.control.server import Control, Looking
from reconciler.control.state import State
from reconciler.errors import EngineError, EngineUnavailable
from reconciler.identity import Identity
from reconciler.loop.history import is_history_event
from reconciler.loop.keeping import Keeper, Task
from reconciler.loop.lease import is_lease_event
from reconciler.loop.passes import Reconciler
from reconciler.loop.settings import Settings
from reconciler.loop.turns import POLL, Publish, Turns
from reconciler.status.report import Report
from reconciler.triggers.commits import watch_head
from reconciler.triggers.engine import Event, watch_engine
from reconciler.triggers.files import poll_desired, watch_desired, watch_trigger
from reconciler.triggers.signals import cancel_on_sigterm, watch_signals
from reconciler.triggers.ticks import wake_every
from reconciler.triggers.wakes import Wake, Wakes

SOON, SHARE = 0.1, 0.2
"""The same for a command that somebody waits for, which hears no events: sooner, where passes take no more than that
share of the time."""
SHORT = 5.0
"""Seconds between passes while something that would cause one can't be watched."""
CONTACT = 2.0
"""Seconds after which an engine that couldn't be asked even once is given up by a command that ends."""
GRACE = 3.2
"""Seconds that a stop gives the write in flight (rule 19 allows 5 in all)."""
LAST_WORDS = 0.6
"""Seconds for the end of the history, and again for giving the lease up."""


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
            publish(reconciler.plain or report if reconciler.settings.show_values else report)
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


async def run(reconciler: Reconciler, publish: Publish, looking: Looking | None = None) -> None:
    """Reconcile whenever there is a reason to, until SIGTERM or SIGINT. ``looking`` answers commands that only look."""
    wakes, stop = Wakes(), asyncio.Event()
    settings = reconciler.settings
    watch_signals(wakes, stop)
    reconciler.probing.changed = lambda reason: wakes.add_from_thread(Wake(reason))
    control = Control(settings.environ, _state(settings), wakes, looking)
    control.take_over()
    keeper = Keeper(wakes.add)
    watching = [asyncio.ensure_future(keeper.keep(task)) for task in _tasks(reconciler, wakes, control)]
    passing = asyncio.ensure_future(Turns(reconciler, wakes, publish, control, keeper).for_ever())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await stopped
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


def _tasks(reconciler: Reconciler, wakes: Wakes, control: Control) -> Iterator[Task]:
    """Everything that runs beside the passes. Edits are no reason for a pass where only commits count."""
    settings = reconciler.settings
    desired, name = settings.desired, settings.desired.absolute().name
    soon = f"a pass is made every {SHORT:g} s"
    yield Task("control socket", control.serve)
    if not settings.committed:
        poll, words = partial(poll_desired, desired, wakes), "its files are polled"
        yield Task(f"watch of {name}/", partial(watch_desired, desired, wakes), poll, words)
    yield Task("trigger file", partial(watch_trigger, settings.trigger_file, wakes))
    head = partial(wake_every, SHORT, wakes, "HEAD can't be watched")
    yield Task("watch of HEAD", partial(watch_head, desired, wakes), head, soon)
    timer = partial(wake_every, SHORT, wakes, "the engine's events can't be watched")
    ignore = partial(_is_our_own, owner=settings.owner)
    yield Task("engine events", partial(watch_engine, reconciler.swarm.events, wakes, ignore), timer, soon)
    yield Task("lease", partial(reconciler.leadership.keep, partial(wakes.add, Wake("lease taken over"))))
    yield Task("history", reconciler.history.keep)


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
