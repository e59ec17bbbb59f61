"""The desired folder and the trigger file as wake-ups, through everything that can happen to a folder (rule 18)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from watchfiles import awatch

from reconciler.triggers import ticks
from reconciler.triggers.wakes import Wake, Wakes

MOST_NAMES = 3
"""So many files a wake-up names; of more it gives the number."""
STEP = 48
"""Milliseconds between looks of watchfiles whether the kernel told of a change, and then whether more followed. The one
that finds no more ends a burst, so that a pass begins within two of them (rule 16: 100 ms). Each wakes the process."""
SILENT = 10_000
"""Milliseconds after which watchfiles comes back with nothing."""
LOOK = 6 * ticks.LOOK
"""Seconds between looks at whether the watched folder is still the one that is there."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a path leads to; another one behind the same name needs a new watch."""

    real: str
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Identity | None:
        try:
            found = path.stat()
        except OSError:
            return None
        return cls(str(path.resolve()), found.st_dev, found.st_ino)


async def watch_desired(root: Path, trigger: Path, wakes: Wakes) -> None:
    """For ever: a wake-up for each change below ``root``, a forced one for each touch of ``trigger``."""
    await asyncio.gather(_watch_root(root, wakes), watch_trigger(trigger, wakes))


async def _watch_root(root: Path, wakes: Wakes) -> None:
    """Watches what ``root`` leads to now, and begins anew when that is another folder: deleted and made again,
    swapped by a symlink, mounted over."""
    while True:
        watched = Identity.of(root)
        if watched is None:
            await asyncio.sleep(LOOK)
            if Identity.of(root):
                wakes.add(Wake(f"{root.name}/ is there again"))
            continue
        # Whatever changed before the watch stood is seen by one more pass after.
        asyncio.get_running_loop().call_later(LOOK, wakes.add, Wake(f"{root.name}/ is watched"))
        stop = asyncio.Event()
        guard = asyncio.ensure_future(_until_replaced(root, watched, stop))
        try:
            async for paths in _changes(root, stop):
                wakes.add(Wake(_in_words(sorted({path.name for path in paths})), quiet=0.0))
                for folder in sorted(path for path in paths if path.is_dir()):
                    # What came into a new folder before the kernel watched it is told by nobody.
                    later = Wake(f"what is in {folder.name}/ may have changed")
                    asyncio.get_running_loop().call_later(LOOK, wakes.add, later)
        finally:
            guard.cancel()
        if stop.is_set():
            wakes.add(Wake(f"{root.name}/ was replaced"))
        else:  # not even polling goes on: looking ourselves every so often is what is left
            await asyncio.sleep(LOOK)


async def _changes(root: Path, stop: asyncio.Event) -> AsyncIterator[set[Path]]:
    """Paths below ``root`` that changed; by polling where the kernel gives no more watches."""
    folders = [root, *_linked_folders(root)]
    for polling in (False, True):
        try:
            async for changes in awatch(
                *folders,
                stop_event=stop,
                step=STEP,
                debounce=STEP * 3,
                rust_timeout=SILENT,
                force_polling=polling,
                poll_delay_ms=300,
                watch_filter=lambda _, path: "/.git/" not in path,
                ignore_permission_denied=True,
            ):
                yield {Path(path) for _, path in changes}
            return
        except FileNotFoundError:
            return
        except (OSError, RuntimeError):
            continue


async def _until_replaced(root: Path, watched: Identity, stop: asyncio.Event) -> None:
    links = _linked_folders(root)
    while Identity.of(root) == watched and _linked_folders(root) == links:
        await ticks.tick(LOOK)
    stop.set()


def _linked_folders(root: Path) -> list[Path]:
    """Where symlinks below ``root`` lead to: the kernel doesn't watch through them."""
    try:
        with os.scandir(root) as entries:  # which tells links from files without a look at each
            links = [Path(entry.path) for entry in entries if entry.is_symlink()]
        targets = {target for link in links if (target := _target(link))}
        return sorted({target if target.is_dir() else target.parent for target in targets if target.exists()})
    except OSError:
        return []


def _target(link: Path) -> Path | None:
    """None for a link that leads to itself."""
    try:
        return link.resolve()
    except (OSError, RuntimeError):
        return None


def _in_words(names: list[str]) -> str:
    """Hidden files are what editors and ``git`` pass by on their way."""
    shown = [name for name in names if not name.startswith(".")] or names
    return f"{', '.join(shown)} changed" if len(shown) <= MOST_NAMES else f"{len(shown)} desired files changed"


async def watch_trigger(trigger: Path, wakes: Wakes) -> None:
    """For ever: a forced wake-up for each touch. The file's folder may be big and busy, so it isn't watched: one
    ``stat`` every so often costs less."""
    before = ticks.stamp(trigger)
    while True:
        await ticks.tick(ticks.LOOK)
        now = ticks.stamp(trigger)
        if now not in (None, before):
            wakes.add(Wake(f"{trigger.name} touched", forced=True, quiet=0.0))
        before = now
