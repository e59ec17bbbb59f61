"""Blocking calls beside the event loop, in threads that don't keep a stopping process alive."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
Calls = SimpleQueue[Callable[[], None]]

IDLE = 5.0
"""Seconds for which a thread waits for another call: making one costs as much as half a call to the engine."""
_idle: list[Calls] = []


async def aside(call: Callable[[], T], within: float | None = None) -> T:
    """The result of ``call``, made in a daemon thread. Raises ``TimeoutError`` where it takes more than ``within``
    seconds; the thread then goes on for nothing.

    ``asyncio.to_thread`` would do, but for its pool: the interpreter joins its threads at exit, and a call that
    hangs in the engine would hold up a stop that has to be over within 5 s (rule 19).
    """
    future = begun(call)
    async with asyncio.timeout(within):  # ``wait_for`` of Python 3.11 may lose a cancellation to a result
        return await asyncio.wrap_future(future)


def begun(call: Callable[[], T]) -> concurrent.futures.Future[T]:
    """Begin ``call`` in a daemon thread, and return what its result will be in."""
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    future.set_running_or_notify_cancel()
    _hand_over(work)
    return future


def _hand_over(work: Callable[[], None]) -> None:
    """To a thread that waits, or else to a new one. (What is done to the list is atomic, each time.)"""
    try:
        calls = _idle.pop()
    except IndexError:
        calls = SimpleQueue()
        threading.Thread(target=_serve, args=(calls,), daemon=True).start()
    calls.put(work)


def _serve(calls: Calls) -> None:
    while True:
        try:
            work = calls.get(timeout=IDLE)
        except Empty:
            try:
                _idle.remove(calls)
            except ValueError:
                continue  # somebody took it just now: a call is on its way
            return
        work()
        del work  # what it holds isn't kept until the next one comes
        _idle.append(calls)
