"""Looking at things regularly, at the least cost."""

from __future__ import annotations

import asyncio

LOOK = 0.08
"""Seconds between looks at what has to be seen at once and can't well be watched."""


async def tick(seconds: float) -> None:
    """Until the next multiple of ``seconds`` of the loop's clock: all that look equally often wake the process once,
    and waking it is what costs."""
    await asyncio.sleep(seconds - asyncio.get_running_loop().time() % seconds)
