"""What the loop reports, as it does: over its control socket, whichever loop listens there by now."""

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
"""Bytes of a report: one of 1,000 services takes half a MB."""
DEEPEST = 64
"""Levels of values in a report."""


async def connections(socket: Path) -> AsyncIterator[AsyncIterator[Pass]]:
    """For ever: each time that a loop listens, its last pass, and every one from then on until it is gone."""
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
    """A line that isn't whole was the last one of a loop that was killed."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):  # no loop of ours: it is asked again
        while (line := await reader.readline()).endswith(b"\n"):
            said = parsed(line, LONGEST, DEEPEST, LARGEST_DIGITS)
            if said["is"] == "report":
                yield Pass.of(f"{said['process']} {said['number']}", said["report"])
