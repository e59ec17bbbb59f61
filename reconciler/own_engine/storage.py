"""Whether an engine's data may be in a folder, and the storage driver that works there."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from reconciler.own_engine.mounts import MountPoint, holding, mount, mounts, unmount
from reconciler.records import dataclass

NEW, OLD = 130_000_000, 8_000_000
"""Bytes that a Swarm's log allocates when it is made (two files of 64 MB), and that an existing Swarm needs to go
on."""
VFS, FUSE = "vfs", "fuse-overlayfs"
"""Drivers that an engine doesn't select by itself, even if it used them before."""
_ANONYMOUS = re.compile(r"/volumes/[0-9a-f]{64}/_data$")


@dataclass(frozen=True, slots=True)
class Storage:
    """What works. ``driver`` is empty if the engine's own choice will do; ``remarks`` are for the user."""

    driver: str = ""
    remarks: tuple[str, ...] = ()


def look_at(root: Path) -> Storage:
    """Try storage drivers on ``root`` itself. Raises ``OSError``."""
    remarks = lasting(root, holding(str(root.resolve()), mounts()))
    used = {folder.name for folder in (root / "image").glob("*")}
    if used != {VFS} and (used or overlay_works(root)):
        return Storage("", remarks)
    if not used and fuse_works():
        slower = f"overlay2 doesn't work on {root}; fuse-overlayfs does, and is slower"
        return Storage(FUSE, (slower, *remarks))
    costly = (
        f"overlay2 doesn't work on {root}, so every layer of an image is copied whole (vfs): slow, and many times the "
        f"disk. Put a volume there: -v reconciler-engine:{root}"
    )
    return Storage(VFS, (costly, *remarks))


def lasting(root: Path, on: MountPoint) -> tuple[str, ...]:
    """Return remarks on what happens to the data, if that may surprise somebody."""
    name = f"-v reconciler-engine:{root}"
    if on.point == "/":
        return (f"{root} is no volume: images, volumes and the Swarm go with this container. Add {name}",)
    if on.kind in ("tmpfs", "ramfs"):
        return (f"{root} is in memory: images, volumes and the Swarm go when this container stops. Add {name}",)
    if _ANONYMOUS.search(on.root):
        return (f"{root} is a volume without a name: the next container won't find it. Add {name}",)
    return ()


def fuse_works() -> bool:
    """Whether fuse-overlayfs is installed and may be used."""
    return shutil.which(FUSE) is not None and os.access("/dev/fuse", os.R_OK | os.W_OK)


def full(root: Path) -> str:
    """Return what is wrong if there is too little room for an engine with a Swarm, else nothing. Makes ``root`` if
    needed. Raises ``OSError``."""
    root.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(root).free, OLD if (root / "swarm" / "raft").exists() else NEW
    if free >= needed:
        return ""
    return (
        f"the disk of {root} is full: {free / 1e6:.1f} MB are left, {needed / 1e6:.0f} MB are needed. Free some space"
    )


def overlay_works(root: Path) -> bool:
    """Whether the kernel's overlay works on this file system, and notes removals."""
    try:
        with tempfile.TemporaryDirectory(prefix="overlay-try-", dir=root) as folder:
            return _lay(Path(folder))
    except OSError:
        return False


def _lay(folder: Path) -> bool:
    lower, upper, work, merged = (folder / name for name in ("lower", "upper", "work", "merged"))
    for each in (lower, upper, work, merged):
        each.mkdir()
    (lower / "file").touch()
    mount("overlay", merged, "overlay", 0, f"lowerdir={lower},upperdir={upper},workdir={work}")
    try:
        (merged / "file").unlink()
        return not any(merged.iterdir())
    except OSError:
        return False
    finally:
        with suppress(OSError):
            unmount(merged)
