"""Looking at things regularly, at the least cost."""

from __future__ import annotations

import asyncio
import os

from reconciler.triggers.wakes import Wake, Wakes

LOOK = 0.08
"""Seconds between looks at what has to be seen at once and can't well be watched."""


async def tick(seconds: float) -> None:
    """Until the next multiple of ``seconds`` of the loop's clock: all that look equally often wake the process once,
    and waking it is what costs."""
    await asyncio.sleep(seconds - asyncio.get_running_loop().time() % seconds)


def stamp(path: str | os.PathLike[str]) -> tuple[int, ...] | None:
    """What changes when a file is written or touched, or another takes its place, or a folder gets or loses a name;
    None where nothing is, or may be seen. A change of rights alone is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ino, found.st_dev


async def wake_every(seconds: float, wakes: Wakes, reason: str) -> None:
    """Add a wake-up again and again, for ever: in place of a source that fails."""
    while True:
        await asyncio.sleep(seconds)
        wakes.add(Wake(reason))
