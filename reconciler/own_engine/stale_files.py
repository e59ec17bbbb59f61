"""Files that a killed engine leaves behind, and that stop the next one.

A container that is started again finds its files as they were, but process ids start again. So a pid file names
another process: the engine takes it for itself ("pid file found, ensure docker is not running"), or for its
containerd, and waits for it in vain.
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
    """Remove stale files, and nothing that a process uses. If containers of the killed engine still run, their folder
    stays, because the next engine takes them over. If ``exec_root`` isn't ``ours`` but was given to dockerd by the
    user, only its stale pid files are removed."""
    if not _is_running(pidfile, "dockerd", proc):
        pidfile.unlink(missing_ok=True)
    containerd = exec_root / "containerd" / "containerd.pid"
    if not _is_running(containerd, "containerd", proc):
        containerd.unlink(missing_ok=True)
    if ours and exec_root.exists() and not any(_using(exec_root, proc)):
        _remove(exec_root)


def _is_running(pidfile: Path, name: str, proc: Path) -> bool:
    """Whether the process that a pid file names exists and runs the program ``name``."""
    try:
        pid = int(pidfile.read_text())
        return (proc / str(pid) / "comm").read_text().strip() == name and not _is_zombie(proc / str(pid))
    except (OSError, ValueError):
        return False


def _is_zombie(process: Path) -> bool:
    return (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _using(exec_root: Path, proc: Path) -> Iterator[Path]:
    """Return the processes of an engine's containerd and of its containers' shims: their arguments contain its
    folder."""
    inside = os.fsencode(exec_root) + b"/"
    for process in proc.glob("[0-9]*"):
        with suppress(OSError):
            program, *arguments = (process / "cmdline").read_bytes().split(b"\0")
            if b"containerd" in os.path.basename(program) and any(inside in argument for argument in arguments):
                yield process


def _remove(exec_root: Path) -> None:
    """Remove the folder, as a reboot empties ``/run``. Network namespaces are mounted in it and are unmounted first. If
    anything stays mounted nothing is removed: it could be somebody's data."""
    below = f"{exec_root}/"
    for mounted in reversed(mounts()):
        if mounted.point.startswith(below):
            with suppress(OSError):
                unmount(mounted.point)
    if any(mounted.point.startswith(below) for mounted in mounts()):
        return
    shutil.rmtree(exec_root, ignore_errors=True)
