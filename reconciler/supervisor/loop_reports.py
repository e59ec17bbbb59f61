"""The loop's reports, as they come over its control socket. The next loop is followed when this one ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from reconciler.bounded import LARGEST_DIGITS, parsed
from reconciler.supervisor.gate import Pass

REQUEST = b'{"do": "watch"}\n'
AGAIN = 0.05
"""Seconds between tries to reach a loop that doesn't listen."""
LONGEST = 32 * 1024 * 1024
"""Largest report in bytes; one of 1,000 services has half a MB."""
DEEPEST = 64
"""Deepest nesting of values in a report."""


async def connections(socket: Path) -> AsyncIterator[AsyncIterator[Pass]]:
    """Yield, for ever and for each loop that listens, an iterator over its passes: the last one, then each new one
    until that loop is gone."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(str(socket), limit=LONGEST)
            try:
                writer.write(REQUEST)
                yield _passes(reader)
            finally:
                writer.close()
        await asyncio.sleep(AGAIN)


async def _passes(reader: asyncio.StreamReader) -> AsyncIterator[Pass]:
    """Yield the passes of one loop. An incomplete line was the last one of a loop that was killed."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):  # not one of our loops: ask again
        while (line := await reader.readline()).endswith(b"\n"):
            said = parsed(line, LONGEST, DEEPEST, LARGEST_DIGITS)
            if said["is"] == "report":
                yield Pass.of(f"{said['process']} {said['number']}", said["report"])
