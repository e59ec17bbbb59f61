"""Regular looks at things, at the least cost."""

from __future__ import annotations

import asyncio
import os

from reconciler.triggers.wakes import Wake, Wakes

LOOK = 0.08
"""Seconds between looks at things whose changes must be seen at once and that can't well be watched."""


async def tick(seconds: float) -> None:
    """Wait for the next multiple of ``seconds`` of the loop's clock. Everything that looks equally often wakes the
    process together, because waking it is what costs."""
    await asyncio.sleep(seconds - asyncio.get_running_loop().time() % seconds)


def stamp(path: str | os.PathLike[str]) -> tuple[int, ...] | None:
    """Return what changes when a file is written, touched or replaced, or a folder gets or loses a name; None if
    nothing is there or may be seen. A change of permissions alone doesn't count."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ino, found.st_dev


async def wake_every(seconds: float, wakes: Wakes, reason: str) -> None:
    """Add a wake-up every ``seconds``, for ever: a substitute for a source that fails."""
    while True:
        await asyncio.sleep(seconds)
        wakes.add(Wake(reason))
