"""An output that several children write to, without mixing their lines."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from typing import Protocol

CHUNK = 65_536
"""Bytes that are read at once, and the longest line that is passed on unbroken."""
CLOGGED = 0.02
"""Seconds between looks at whether a blocked output takes data again."""


class Sink(Protocol):
    """Something that takes whole lines, several at once."""

    async def write(self, lines: bytes) -> None: ...


class SharedOutput:
    """A file descriptor that others write to as well. A slow or stopped reader holds back the writers, but never the
    event loop, so signals are still handled."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._turn = asyncio.Lock()
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)
        self._under_way: set[asyncio.Task[None]] = set()

    async def write(self, lines: bytes) -> None:
        """Write lines without anybody else's in between. What can't be written (nobody reads, the disk is full) is
        dropped: nobody is left to tell, and the writer must go on."""
        async with self._turn:
            for start in range(0, len(lines), select.PIPE_BUF):
                while not self._room.poll(0):
                    await asyncio.sleep(CLOGGED)
                with contextlib.suppress(OSError):
                    os.write(self._descriptor, lines[start : start + select.PIPE_BUF])

    def soon(self, line: bytes) -> None:
        """Write a line in its turn, for a caller that can't wait."""
        task = asyncio.ensure_future(self.write(line))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def flush(self, within: float) -> None:
        """Wait up to ``within`` seconds for the lines given to ``soon``."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=within)


async def pass_on(source: asyncio.StreamReader, output: Sink, prefix: bytes = b"") -> None:
    """Pass every line on until there are no more. A last line without a line end gets one."""
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
