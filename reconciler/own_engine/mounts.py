"""What is mounted where, by the kernel's list, and mounting. Source: ``proc(5)`` on ``mountinfo``, ``mount(2)``."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterable
from pathlib import Path

from reconciler.records import dataclass

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MNT_DETACH = 2
MOUNTINFO = Path("/proc/self/mountinfo")
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class MountPoint:
    """One mount. ``root`` is the part of the file system that is mounted; ``/`` for all of it."""

    root: str
    point: str
    kind: str
    options: frozenset[str]
    super_options: frozenset[str]

    @property
    def read_only(self) -> bool:
        return "ro" in self.options or "ro" in self.super_options


def mounts() -> tuple[MountPoint, ...]:
    """Return all mounts in the order in which they were made."""
    return read(MOUNTINFO.read_text(errors="surrogateescape"))


def read(mountinfo: str) -> tuple[MountPoint, ...]:
    """Read the text of ``mountinfo``."""
    return tuple(map(_mount, mountinfo.splitlines()))


def _mount(line: str) -> MountPoint:
    fields, _, rest = line.partition(" - ")
    _, _, _, root, point, options, *_ = fields.split(" ")
    kind, _, super_options = rest.split(" ", 2)
    return MountPoint(_plain(root), _plain(point), kind, _words(options), _words(super_options))


def _words(options: str) -> frozenset[str]:
    return frozenset(options.split(","))


def _plain(path: str) -> str:
    """Undo the kernel's escapes: it writes blanks and the like as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)


def holding(path: str, mounted: Iterable[MountPoint]) -> MountPoint:
    """Return the mount that ``path`` (without symlinks) is on. Of several at one place the last one hides the
    others."""
    found = [mount for mount in mounted if path == mount.point or path.startswith(mount.point.rstrip("/") + "/")]
    return max(enumerate(found), key=lambda each: (len(each[1].point), each[0]))[1]


def mount(source: str, target: Path, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount a file system. Raises ``OSError``."""
    arguments = [source.encode(), os.fsencode(target), kind.encode() or None, ctypes.c_ulong(flags), data.encode()]
    if _LIBC.mount(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def unmount(target: str | Path) -> None:
    """Unmount at once, for whoever looks from now on. Raises ``OSError``."""
    if _LIBC.umount2(os.fsencode(target), MNT_DETACH) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))
