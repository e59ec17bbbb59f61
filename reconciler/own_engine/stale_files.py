"""What an engine that was killed leaves behind, and its successor stumbles over.

A container that is started again finds its files as they were, and numbers its processes again: a pid file names some
other process then, which the engine takes for itself ("pid file found, ensure docker is not running"), or for its
containerd, which it waits for in vain.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from reconciler.own_engine.mounts import mounts, unmount

PROC = Path("/proc")


def sweep(pidfile: Path, exec_root: Path, *, ours: bool = True, proc: Path = PROC) -> None:
    """Removes what is stale, and nothing that a process uses. What containers of an engine still run is its
    successor's to take over: the folder that tells it how stays as it is. Of a folder that isn't ``ours``, but one that
    somebody gave to dockerd, nothing but the stale pid file goes."""
    if not _is_running(pidfile, "dockerd", proc):
        pidfile.unlink(missing_ok=True)
    containerd = exec_root / "containerd" / "containerd.pid"
    if not _is_running(containerd, "containerd", proc):
        containerd.unlink(missing_ok=True)
    if ours and exec_root.exists() and not any(_using(exec_root, proc)):
        _remove(exec_root)


def _is_running(pidfile: Path, name: str, proc: Path) -> bool:
    """Whether the process that it names is there, and is what it was."""
    try:
        pid = int(pidfile.read_text())
        return (proc / str(pid) / "comm").read_text().strip() == name and not _is_zombie(proc / str(pid))
    except (OSError, ValueError):
        return False


def _is_zombie(process: Path) -> bool:
    return (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _using(exec_root: Path, proc: Path) -> Iterator[Path]:
    """The processes of an engine's containerd, and the shims of its containers: they carry its folder in their
    arguments."""
    inside = os.fsencode(exec_root) + b"/"
    for process in proc.glob("[0-9]*"):
        with suppress(OSError):
            program, *arguments = (process / "cmdline").read_bytes().split(b"\0")
            if b"containerd" in os.path.basename(program) and any(inside in argument for argument in arguments):
                yield process


def _remove(exec_root: Path) -> None:
    """As a machine that starts finds ``/run``: empty. Network namespaces are mounted in there. Where something stays
    mounted nothing is removed, for it could be somebody's data."""
    below = f"{exec_root}/"
    for mounted in reversed(mounts()):
        if mounted.point.startswith(below):
            with suppress(OSError):
                unmount(mounted.point)
    if any(mounted.point.startswith(below) for mounted in mounts()):
        return
    shutil.rmtree(exec_root, ignore_errors=True)
