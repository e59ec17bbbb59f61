"""What there is: a socket, who may open it, how it got there, and what an engine of our own would lack."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from reconciler.container.mounts import MS_NODEV, MS_NOSUID, Mount, mount, mounts, unmount
from reconciler.records import dataclass

CAPABILITIES = {
    "CHOWN": 0,
    "DAC_OVERRIDE": 1,
    "FOWNER": 3,
    "SETGID": 6,
    "SETUID": 7,
    "SETPCAP": 8,
    "NET_ADMIN": 12,
    "SYS_CHROOT": 18,
    "SYS_ADMIN": 21,
    "MKNOD": 27,
}
"""What an engine and its runc can't do without, by bit (``capabilities(7)``); Docker itself withholds NET_ADMIN and
SYS_ADMIN from a container."""
_LIBC = ctypes.CDLL(None, use_errno=True)
_KEYCTL = {"x86_64": 250, "aarch64": 219}
"""The number of ``keyctl(2)``, which no library wraps."""
_KEYCTL_GET_KEYRING_ID, _SESSION_KEYRING = 0, -3
PATIENCE = 2.0
"""Seconds for an engine to take a connection."""


class Door(StrEnum):
    """What comes of connecting to a socket's path."""

    ABSENT = "absent"
    OPEN = "open"
    SILENT = "silent"
    FORBIDDEN = "forbidden"
    NO_SOCKET = "no socket"


class Origin(StrEnum):
    """How a path got into this container."""

    MOUNTED = "mounted"
    FOLDER_MOUNTED = "folder mounted"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Socket:
    """``group`` is the number of the group that may open it, None where none may; ``left_over``: an engine of our own
    was to listen here; ``engine_beside``: files of another engine lie in its folder."""

    path: Path
    door: Door
    origin: Origin
    group: int | None = None
    left_over: bool = False
    engine_beside: bool = False


def look_at(path: Path, mark: Path) -> Socket:
    """``mark`` is the file by which an engine of our own notes that it uses this path."""
    real = path.parent.resolve() / path.name
    origin = origin_of(str(real), mounts())
    try:
        status = real.stat()
    except OSError:
        return Socket(path, Door.ABSENT, origin, None, mark.exists(), (real.parent / "docker.pid").exists())
    group = status.st_gid if status.st_mode & stat.S_IWGRP else None
    return Socket(path, knock(real, status), origin, group, mark.exists())


def origin_of(path: str, mounted: Iterable[Mount]) -> Origin:
    """Of a path that is free of links. What lies on the root file system is of this container's own making."""
    points = {mount.point for mount in mounted}
    if path in points:
        return Origin.MOUNTED
    folders = {str(parent) for parent in Path(path).parents} - {"/"}
    return Origin.FOLDER_MOUNTED if folders & points else Origin.OURS


def knock(path: Path, status: os.stat_result) -> Door:
    """Nothing is said: whether it is an engine that opens is seen later. A mount that is read-only does no harm."""
    if not stat.S_ISSOCK(status.st_mode):
        return Door.NO_SOCKET
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect(str(path))
        except OSError as error:
            return Door.FORBIDDEN if error.errno in (errno.EACCES, errno.EPERM) else Door.SILENT
    return Door.OPEN


def lacking() -> tuple[str, ...]:
    """What stands against an engine of our own, in words; nothing where it may run."""
    found: list[str] = []
    if shutil.which("dockerd") is None:
        found.append("the program dockerd")
    if os.geteuid() != 0:
        found.append(f"root (this is user {os.geteuid()})")
    missing = capabilities_missing(Path("/proc/self/status").read_text())
    if missing:
        found.append(f"{'capability' if len(missing) == 1 else 'capabilities'} {', '.join(missing)}")
    elif not found and not (_may_mount() and _may_use_keys()):
        found.append("leave to mount and to use keyrings (seccomp or AppArmor forbids it)")
    return tuple(found)


def capabilities_missing(status: str) -> tuple[str, ...]:
    """Out of the text of ``/proc/PID/status``."""
    effective = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:"))
    return tuple(name for name, bit in CAPABILITIES.items() if not effective >> bit & 1)


def _may_mount() -> bool:
    """Tried, for only that tells; where nothing can be tried, for everything is read-only, dockerd will tell why."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="reconciler-"))
    except OSError:
        return True
    try:
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV)
        unmount(folder)
    except OSError:
        return False
    finally:
        folder.rmdir()
    return True


def _may_use_keys() -> bool:
    """Tried with one's own: runc makes a keyring for each container, which Docker's seccomp profile forbids."""
    number = _KEYCTL.get(platform.machine())
    if number is None:
        return True
    ctypes.set_errno(0)
    _LIBC.syscall(number, _KEYCTL_GET_KEYRING_ID, _SESSION_KEYRING, 0)
    return ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS)
