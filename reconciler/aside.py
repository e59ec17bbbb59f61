"""Blocking calls beside the event loop, in threads that don't keep a stopping process alive."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(call: Callable[[], T], within: float | None = None) -> T:
    """The result of ``call``, made in a daemon thread. Raises ``TimeoutError`` where it takes more than ``within``
    seconds; the thread then goes on for nothing.

    ``asyncio.to_thread`` would do, but for its pool: the interpreter joins its threads at exit, and a call that
    hangs in the engine would hold up a stop that has to be over within 5 s (rule 19).
    """
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    future.set_running_or_notify_cancel()
    threading.Thread(target=work, daemon=True).start()
    return await asyncio.wait_for(asyncio.wrap_future(future), within)
