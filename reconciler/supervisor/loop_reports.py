"""The loop's reports, as they come over its control socket. The next loop is followed when this one ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from reconciler.control.answers import Heard
from reconciler.control.client import LoopClient
from reconciler.errors import Unreached
from reconciler.supervisor.gate import Pass

AGAIN = 0.05
"""Seconds between tries to reach a loop that doesn't listen."""


async def connections(socket: Path) -> AsyncIterator[AsyncIterator[Pass]]:
    """Yield, for ever and for each loop that listens, an iterator over its passes: the last one, then each new one
    until that loop is gone."""
    while True:
        with contextlib.suppress(Unreached):
            async with LoopClient(socket).watching() as reports:
                yield _passes(reports)
        await asyncio.sleep(AGAIN)


async def _passes(reports: AsyncIterator[Heard]) -> AsyncIterator[Pass]:
    """Yield the passes of one loop. Whatever isn't one of our loops is asked again later."""
    with contextlib.suppress(Unreached, ValueError):
        async for heard in reports:
            yield Pass.of(f"{heard.process} {heard.number}", heard.report)
