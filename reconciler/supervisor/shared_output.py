"""Where the lines of several children come together, each of them whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from typing import Protocol

CHUNK = 65_536
"""Bytes that are read at once, and the longest line that is passed on whole."""
CLOGGED = 0.02
"""Seconds between looks whether an output that takes nothing takes something again."""


class Sink(Protocol):
    """What takes lines, whole ones, several at once."""

    async def write(self, lines: bytes) -> None: ...


class SharedOutput:
    """A descriptor of ours that others write to as well. A reader that is slow, or stopped, holds back those who write
    here, and never the event loop: signals are heeded all the same."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._turn = asyncio.Lock()
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)
        self._under_way: set[asyncio.Task[None]] = set()

    async def write(self, lines: bytes) -> None:
        """As one, nobody else's in between. What nobody reads any more, or has no room, is dropped: there is nobody to
        tell, and whoever prints is to live on."""
        async with self._turn:
            for start in range(0, len(lines), select.PIPE_BUF):
                while not self._room.poll(0):
                    await asyncio.sleep(CLOGGED)
                with contextlib.suppress(OSError):
                    os.write(self._descriptor, lines[start : start + select.PIPE_BUF])

    def soon(self, line: bytes) -> None:
        """The same, in its turn, for a caller that can't wait."""
        task = asyncio.ensure_future(self.write(line))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def flush(self, within: float) -> None:
        """What was to be written soon, as far as it goes in ``within`` seconds."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=within)


async def pass_on(source: asyncio.StreamReader, output: Sink, prefix: bytes = b"") -> None:
    """Every line that comes, until there is no more; a last one that isn't ended is ended."""
    begun = b""
    while data := await source.read(CHUNK):
        lines, ended, begun = (begun + data).rpartition(b"\n")
        if len(begun) > CHUNK:
            lines, ended, begun = lines + ended + begun, b"\n", b""
        if ended:
            await output.write(_prefixed(lines, prefix))
    if begun:
        await output.write(_prefixed(begun, prefix))


def _prefixed(lines: bytes, prefix: bytes) -> bytes:
    return prefix + lines.replace(b"\n", b"\n" + prefix) + b"\n"
