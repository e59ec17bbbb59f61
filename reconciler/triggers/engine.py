"""The engine's events as a source of wake-ups, also across restarts of the engine (rules 17 and 18: lost sources come
back)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from reconciler.errors import EngineUnavailable
from reconciler.threads import aside
from reconciler.triggers.wakes import Wake, Wakes

PAUSE = 0.1
"""Seconds between the loss of a stream and the next try: a stream that ends at once must not cause a busy loop."""


class Event(Protocol):
    """What is needed of an engine's event."""

    @property
    def type(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def name(self) -> str: ...


Watch = Callable[[threading.Event], Iterator[Event]]
"""Connects, and yields events until the ``threading.Event`` is set; raises ``EngineError`` when the connection is
lost."""


async def watch_engine(watch: Watch, wakes: Wakes, ignore: Callable[[Event], bool]) -> None:
    """Add a wake-up for each event, for ever. After each loss of the stream another wake-up makes the loop list
    everything again: the engine repeats no events.

    Raises:
        EngineError: the engine answers, but refuses its events.
    """
    stop = threading.Event()
    try:
        while True:
            retrying = AsyncRetrying(
                retry=retry_if_exception_type(EngineUnavailable), wait=wait_random_exponential(multiplier=0.1, max=5)
            )
            events: Iterator[Event] = await retrying(_connect, watch, stop)
            wakes.add(Wake("engine events are watched"))
            await _read(events, wakes, ignore, stop)
            wakes.add(Wake("the engine's event stream was lost"))
            await asyncio.sleep(PAUSE)
    finally:
        stop.set()


async def _connect(watch: Watch, stop: threading.Event) -> Iterator[Event]:
    return await aside(lambda: watch(stop))


async def _read(events: Iterator[Event], wakes: Wakes, ignore: Callable[[Event], bool], stop: threading.Event) -> None:
    """Read until the stream is lost. The thread is a daemon, so a stream that hangs doesn't keep a stopping process
    alive.

    Raises whatever reading ran into, except the loss.
    """
    loop = asyncio.get_running_loop()
    over: asyncio.Future[BaseException | None] = loop.create_future()

    def end(error: BaseException | None) -> None:
        if not over.done():
            over.set_result(error)

    def read() -> None:
        failed: BaseException | None = None
        try:
            for event in events:
                if stop.is_set():
                    return
                if not ignore(event):
                    wakes.add_from_thread(Wake(f"{event.type} {event.name} {event.action}"))
        except EngineUnavailable:
            return  # the wake-up that follows reports it, and its pass says why
        except BaseException as error:
            failed = error
        finally:
            if not loop.is_closed():
                loop.call_soon_threadsafe(end, failed)

    threading.Thread(target=read, name="engine-events", daemon=True).start()
    if error := await over:
        raise error
