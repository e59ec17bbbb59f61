"""The desired folder and the trigger file as sources of wake-ups, whatever happens to the folder (rule 18: lost sources
come back)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path

from watchfiles import awatch

from reconciler.file_stamp import Stamp
from reconciler.threads import aside
from reconciler.triggers import ticks
from reconciler.triggers.wakes import Wake, Wakes
from reconciler.triggers.watched_folders import FolderIdentity, WatchedFolders, places

MOST_NAMES = 3
"""How many files a wake-up names; for more it gives the number."""
STEP = 48
"""Milliseconds between watchfiles' looks for changes, and then for further ones. A look that finds no more ends a
burst, so a pass begins within two of them (rule 16: 100 ms). Each look wakes the process."""
SILENT = 10_000
"""Milliseconds without a change after which watchfiles returns."""
NO_TEXT = "Unable to decode path"
"""Part of watchfiles' error for a changed file whose name isn't UTF-8. The error ends the watch."""
LOOK = 6 * ticks.LOOK
"""Seconds between looks at whether the watched folder is still the one at its path."""
POLL, POLL_SHARE = 1.0, 20.0
"""Shortest pause between two looks at every file of a folder that can't be watched: in seconds, and as a multiple of
the look's own time."""


async def watch_desired(root: Path, wakes: Wakes) -> None:
    """Add a wake-up for each change below ``root``, for ever.

    Watches what ``root`` leads to now. Starts again when that becomes another folder: deleted and made again, swapped
    by a symlink, or mounted over.

    Raises:
        TooMany: the folder has too many folders and links in it.
        OSError: the folder can't be watched, not even by polling. Any other exception of watchfiles means the same.
    """
    while True:
        watched, found = FolderIdentity.of(root), None
        if watched is not None:
            with suppress(OSError):
                found = await aside(lambda: places(root))
        if watched is None or found is None:
            await asyncio.sleep(LOOK)
            if FolderIdentity.of(root) and root.is_dir():
                wakes.add(Wake(f"{root.name}/ is there again"))
            continue
        # One more pass sees what changed before the watch began.
        asyncio.get_running_loop().call_later(LOOK, wakes.add, Wake(f"{root.name}/ is watched"))
        stop = asyncio.Event()
        guard = asyncio.ensure_future(_until_replaced(root, watched, found, stop))
        try:
            if await _told(root, found, wakes, stop):
                continue
        finally:
            guard.cancel()
        if stop.is_set():
            wakes.add(Wake(f"{root.name}/ was replaced"))


async def _told(root: Path, found: WatchedFolders, wakes: Wakes, stop: asyncio.Event) -> bool:
    """Add a wake-up for each change, until there is a folder or link that isn't watched yet. Return False if the watch
    ends before."""
    async with aclosing(_changes(root, found, stop)) as changes:
        async for paths in changes:
            wakes.add(Wake(_in_words(sorted({path.name for path in paths})), quiet=0.0))
            if await aside(lambda paths=paths: found.miss(paths)):  # type: ignore[misc]
                for folder in sorted(path for path in paths if path.is_dir()):
                    # Nothing reports what came into a new folder before the kernel watched it.
                    later = Wake(f"the content of {folder.name}/ may have changed")
                    asyncio.get_running_loop().call_later(LOOK, wakes.add, later)
                return True
    return False


async def _changes(root: Path, found: WatchedFolders, stop: asyncio.Event) -> AsyncGenerator[set[Path]]:
    """Yield the paths below ``root`` that changed, by polling if the kernel gives no more watches."""
    polling = False
    while not stop.is_set():
        try:
            async for changes in awatch(
                *sorted(found.folders | found.beside),
                stop_event=stop,
                step=STEP,
                debounce=STEP * 3,
                rust_timeout=SILENT,
                force_polling=polling,
                poll_delay_ms=300,
                recursive=False,
                watch_filter=lambda _, path: found.counts(path),
                ignore_permission_denied=True,
            ):
                yield {Path(path) for _, path in changes}
            return
        except FileNotFoundError:
            return
        except (OSError, RuntimeError):
            if polling:
                raise
            polling = True
        except ExceptionGroup as errors:
            if errors.subgroup(lambda error: not isinstance(error, ExceptionGroup) and NO_TEXT not in str(error)):
                raise
            yield {root}  # other changes are lost as well: look, and watch again
            return


async def _until_replaced(root: Path, watched: FolderIdentity, found: WatchedFolders, stop: asyncio.Event) -> None:
    while FolderIdentity.of(root) == watched and (not found.links or await aside(found.stand)):
        await ticks.tick(LOOK)
    stop.set()


def _in_words(names: list[str]) -> str:
    """Name the changed files. Hidden files are skipped: editors and ``git`` write them in passing."""
    shown = [name for name in names if not name.startswith(".")] or names
    return f"{', '.join(shown)} changed" if len(shown) <= MOST_NAMES else f"{len(shown)} desired files changed"


async def watch_trigger(trigger: Path, wakes: Wakes) -> None:
    """Add a forced wake-up for each touch, for ever. The file's folder may be big and busy, so it isn't watched: a
    regular ``stat`` costs less."""
    before = ticks.stamp(trigger)
    while True:
        await ticks.tick(ticks.LOOK)
        now = ticks.stamp(trigger)
        if now not in (None, before):
            wakes.add(Wake(f"{trigger.name} touched", forced=True, quiet=0.0))
        before = now


async def watch_settings(file: Path, wakes: Wakes) -> None:
    """Add a wake-up for each change of the settings file, for ever, also when it goes and when it comes back."""
    before = ticks.stamp(file)
    while True:
        await ticks.tick(ticks.LOOK)
        now = ticks.stamp(file)
        if now != before:
            wakes.add(Wake(f"{file.name} {'changed' if now else 'is gone'}"))
        before = now


async def poll_desired(root: Path, wakes: Wakes) -> None:
    """Add a wake-up for each change below ``root``, for ever, by looking at every file. For folders that can't be
    watched."""
    before = await aside(lambda: _stamps(root))
    while True:
        began = time.monotonic()
        now = await aside(lambda: _stamps(root))
        if now != before:
            wakes.add(Wake(f"{root.name}/ changed"))
        before = now
        await asyncio.sleep(max(POLL, POLL_SHARE * (time.monotonic() - began)))


def _stamps(root: Path) -> int:
    """Return a value that changes with the stamp of anything in the folder, except git's own data: a sum, which takes
    no memory however many files there are."""
    total = 0
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            total += hash((path, _stamp_of(path)))
    return total


def _stamp_of(path: str) -> Stamp | None:
    try:
        return Stamp.of(os.stat(path))
    except (OSError, ValueError):
        return None
