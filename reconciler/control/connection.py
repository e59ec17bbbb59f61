"""One client of the control socket, who is never waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from reconciler.control.protocol import LONGEST_REQUEST, Request
from reconciler.control.reports import Told

REQUEST_WITHIN = 5.0
"""Seconds that a client has to say what it wants, and at the end to read what it was told."""
MOST_UNREAD = 4 * 1024 * 1024
"""Bytes that a client may leave unread before the next report is due to it: then it is dropped. Some reports of 1,000
services."""


class Connection:
    """From its request to its last answer. ``begun``: the pass that it is told of first has begun."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._over = asyncio.Event()
        self._ends_with: Callable[[Told], bool] = lambda _: False
        self.begun = True

    async def request(self) -> Request:
        """Raises ``ValueError`` for what is none, or none in time."""
        try:
            async with asyncio.timeout(REQUEST_WITHIN):
                line = await self._reader.readline()
        except TimeoutError:
            raise ValueError(f"no request within {REQUEST_WITHIN:g} s") from None
        if len(line) > LONGEST_REQUEST:
            raise ValueError("that is too long for a request")
        return Request.parse(line)

    def reloads(self, *, wait: bool) -> None:
        """It is told of the next forced pass, and of those that follow where it waits."""
        self._ends_with, self.begun = lambda told: told.settled or not wait, False

    def tell(self, told: Told) -> None:
        """A pass ended."""
        if self._over.is_set():
            return
        self.send(told.line())
        if self._ends_with(told):
            self._over.set()

    def send(self, line: bytes) -> None:
        """At once, or never."""
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            self._over.set()
            self._writer.transport.abort()
        elif not self._writer.is_closing():
            self._writer.write(line)

    async def over(self) -> None:
        """Until it was told all, is gone, or says more than its request."""
        waiting = [asyncio.ensure_future(self._reader.read(1)), asyncio.ensure_future(self._over.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def close(self) -> None:
        """What was sent is still given some time to be read."""
        self._writer.close()
        with suppress(OSError, TimeoutError):  # a client that is gone
            async with asyncio.timeout(REQUEST_WITHIN):
                await self._writer.wait_closed()

    def abort(self) -> None:
        self._writer.transport.abort()
