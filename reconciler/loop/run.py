"""The loop, run for ever."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from functools import partial

from reconciler.control.server import Control, Looking
from reconciler.control.state import State
from reconciler.loop.background_tasks import Keeper, Task
from reconciler.loop.converging import GRACE, Publish, leave
from reconciler.loop.parts import Parts
from reconciler.loop.reconciler import Reconciler
from reconciler.loop.settings import Settings
from reconciler.loop.turns import Surface, Turns
from reconciler.notes.kinds import is_note_event
from reconciler.process_identity import Identity
from reconciler.settings.live import LiveSettings
from reconciler.triggers.commits import watch_head
from reconciler.triggers.engine import watch_engine
from reconciler.triggers.files import poll_desired, watch_desired, watch_settings, watch_trigger
from reconciler.triggers.signals import watch_signals
from reconciler.triggers.ticks import wake_every
from reconciler.triggers.wakes import Wake, Wakes

SHORT = 5.0
"""Seconds between passes while a trigger of passes can't be watched."""
LAST_WORDS = 0.6
"""Seconds for writing the end of the history, and again for giving the lease up."""


async def run(
    reconciler: Reconciler,
    publish: Publish,
    looking: Looking | None = None,
    surface: Surface | None = None,
    live: LiveSettings | None = None,
) -> None:
    """Reconcile whenever there is a reason to, until SIGTERM or SIGINT. ``looking`` answers commands that only read,
    ``surface`` serves reports over the network, and ``live`` are settings that follow their file."""
    wakes, stop = Wakes(), asyncio.Event()
    parts = reconciler.parts
    settings = parts.settings
    watch_signals(wakes, stop)
    parts.questions.probing.changed = lambda reason: wakes.add_from_thread(Wake(reason))
    control = Control(settings.environ, _state(settings), wakes, looking)
    control.take_over()
    keeper = Keeper(wakes.add)
    watching = [asyncio.ensure_future(keeper.keep(task)) for task in _tasks(parts, wakes, control, surface, live)]
    turns = Turns(reconciler, wakes, publish, control, keeper, surface, live)
    reconciler.beside = turns.warnings
    passing = asyncio.ensure_future(turns.for_ever())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await stopped
    finally:
        parts.memory.stopping, stop_by = True, time.monotonic() + GRACE
        wakes.add(Wake("stopping"))
        await asyncio.wait([passing], timeout=GRACE)
        for task in (passing, stopped, *watching):
            task.cancel()
        await asyncio.gather(passing, stopped, *watching, return_exceptions=True)
        await leave(parts, stop_by - time.monotonic(), LAST_WORDS)


def _state(settings: Settings) -> State:
    """Return the state of this process as others see it before its first pass."""
    return State(
        process=str(Identity.current()),
        pid=os.getpid(),
        owner=settings.owner,
        since=time.time(),
        trigger=str(settings.trigger_file.absolute()),
        interval=settings.interval,
        pass_timeout=settings.pass_timeout,
    )


def _tasks(
    parts: Parts, wakes: Wakes, control: Control, surface: Surface | None, live: LiveSettings | None
) -> Iterator[Task]:
    """Return everything that runs beside the passes. File edits cause no pass if only commits count."""
    settings = parts.settings
    desired, name = settings.desired, settings.desired.absolute().name
    soon = f"a pass is made every {SHORT:g} s"
    yield Task("control socket", control.serve)
    if not settings.committed:
        poll, words = partial(poll_desired, desired, wakes), "its files are polled"
        yield Task(f"watch of {name}/", partial(watch_desired, desired, wakes), poll, words)
    if live and live.file:
        yield Task("settings file", partial(watch_settings, live.file, wakes))
    yield Task("trigger file", partial(watch_trigger, settings.trigger_file, wakes))
    head = partial(wake_every, SHORT, wakes, "HEAD can't be watched")
    yield Task("watch of HEAD", partial(watch_head, desired, wakes), head, soon)
    timer = partial(wake_every, SHORT, wakes, "the engine's events can't be watched")
    ignore = partial(is_note_event, owner=settings.owner)
    yield Task("engine events", partial(watch_engine, parts.swarm.events, wakes, ignore), timer, soon)
    yield Task("lease", partial(parts.leadership.keep, partial(wakes.add, Wake("lease taken over"))))
    yield Task("history", parts.history.keep)
    if surface:
        yield Task("web server", partial(surface.serve, wakes))
