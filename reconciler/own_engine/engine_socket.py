"""The socket of an engine: whether anybody answers, who may open it, and how it got into this container."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from reconciler.own_engine.mounts import MountPoint, mounts
from reconciler.records import dataclass

PATIENCE = 2.0
"""Seconds to wait for a connection."""


class Door(StrEnum):
    """What connecting to a socket's path leads to."""

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
    """One socket. ``group`` is the number of the group that may open it, None if none may. ``left_over``: an engine of
    our own has used this path. ``engine_beside``: files of another engine are in its folder."""

    path: Path
    door: Door
    origin: Origin
    group: int | None = None
    left_over: bool = False
    engine_beside: bool = False


def look_at(path: Path, mark: Path) -> Socket:
    """Look at a socket. ``mark`` is the file by which an engine of our own notes that it uses the path."""
    real = path.parent.resolve() / path.name
    origin = origin_of(str(real), mounts())
    try:
        status = real.stat()
    except OSError:
        return Socket(path, Door.ABSENT, origin, None, mark.exists(), (real.parent / "docker.pid").exists())
    group = status.st_gid if status.st_mode & stat.S_IWGRP else None
    return Socket(path, knock(real, status), origin, group, mark.exists())


def origin_of(path: str, mounted: Iterable[MountPoint]) -> Origin:
    """Return how a path without symlinks got here. What is on the root file system was made by this container."""
    points = {mount.point for mount in mounted}
    if path in points:
        return Origin.MOUNTED
    folders = {str(parent) for parent in Path(path).parents} - {"/"}
    return Origin.FOLDER_MOUNTED if folders & points else Origin.OURS


def knock(path: Path, status: os.stat_result) -> Door:
    """Connect without sending anything: whether an engine answers is found out later. A read-only mount does no
    harm."""
    if not stat.S_ISSOCK(status.st_mode):
        return Door.NO_SOCKET
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect(str(path))
        except OSError as error:
            return Door.FORBIDDEN if error.errno in (errno.EACCES, errno.EPERM) else Door.SILENT
    return Door.OPEN
