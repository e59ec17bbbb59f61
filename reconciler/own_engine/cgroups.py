"""Control groups for an engine inside a container.

Version 1 is a hierarchy for each controller, of which a container may see some read-only, or none. In version 2 a group
with processes can't hand controllers to groups below it, so our own processes move into a leaf of their own first.
Source: the kernel's ``Documentation/admin-guide/cgroup-v1`` and ``cgroup-v2.rst`` (No Internal Process Constraint).
"""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path

from reconciler.errors import NoEngine
from reconciler.own_engine.mounts import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_REMOUNT,
    MountPoint,
    mount,
    mounts,
)

ROOT = Path("/sys/fs/cgroup")
LEAF = "reconciler"
"""Group of our own processes, below the container's group."""
BELOW = "engine"
"""Group of the engine's containers, beside the leaf."""
SAFE = MS_NOSUID | MS_NODEV | MS_NOEXEC
ROUNDS = 20
"""How often processes are moved: some fork meanwhile."""


def prepare() -> str:
    """Make what an engine needs, and return its ``--cgroup-parent``; empty if its default will do.

    May be called again at any time. Raises ``NoEngine`` if the kernel doesn't allow it.
    """
    try:
        return _prepare()
    except OSError as error:
        raise NoEngine(
            f"no engine of our own can run here: cgroups can't be prepared ({error.filename}: {error.strerror}). "
            "Run the container with --privileged, or with -v /sys/fs/cgroup:/sys/fs/cgroup:rw --cgroupns host."
        ) from error


def _prepare() -> str:
    if not any(found.point == str(ROOT) for found in mounts()):
        if _is_unified(Path("/proc/cgroups").read_text()):
            mount("cgroup2", ROOT, "cgroup2", SAFE)
        else:
            mount("tmpfs", ROOT, "tmpfs", SAFE, "mode=755")
    own = Path("/proc/self/cgroup").read_text()
    top = _at(str(ROOT), mounts())
    _make_writable(top)
    if top.kind == "cgroup2":
        base = base_of(group_of(own, ""), top.root)
        nest(ROOT / base.lstrip("/"))
        return parent_below(base)
    for controllers in _absent(own, mounts()):
        _mount_hierarchy(controllers)
    hierarchies = [found for found in mounts() if found.kind == "cgroup"]
    for hierarchy in hierarchies:
        _make_writable(hierarchy)
    devices = next((found for found in hierarchies if "devices" in found.super_options), None)
    return parent_below(base_of(group_of(own, "devices"), devices.root)) if devices else ""


def _at(point: str, mounted: tuple[MountPoint, ...]) -> MountPoint:
    return next(found for found in reversed(mounted) if found.point == point)


def _is_unified(cgroups: str) -> bool:
    """Whether no controller is in a hierarchy of version 1, by the text of ``/proc/cgroups``."""
    return all(line.split()[1] == "0" for line in cgroups.splitlines() if not line.startswith("#"))


def group_of(own: str, controller: str) -> str:
    """Return this process's group in the hierarchy of ``controller`` (empty for version 2), from the text of
    ``/proc/self/cgroup``."""
    for line in own.splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path
    return "/"


def base_of(group: str, root: str) -> str:
    """Return the container's own group as a path below the mount, which may show the whole tree or only that group."""
    path = group.removesuffix(f"/{LEAF}") or "/"
    if root != "/" and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :] or "/"
    return "/" if path.startswith("/..") else path


def parent_below(base: str) -> str:
    """Return the group for the engine's containers. An engine puts them below the root that it sees. If that is the
    machine's root, they belong below this container's group, so that its limits apply and they end with it."""
    return "" if base == "/" else f"{base}/{BELOW}"


def _absent(own: str, mounted: tuple[MountPoint, ...]) -> list[str]:
    """Return hierarchies of version 1 that the machine has and that aren't mounted here, as ``cpu,cpuacct`` or
    ``name=systemd``."""
    there = frozenset[str]().union(*(found.super_options for found in mounted if found.kind == "cgroup"))
    named = (line.split(":", 2)[1] for line in own.splitlines())
    return [controllers for controllers in named if controllers and not set(controllers.split(",")) <= there]


def _mount_hierarchy(controllers: str) -> None:
    folder = ROOT / controllers.removeprefix("name=")
    folder.mkdir(exist_ok=True)
    data = f"none,{controllers}" if controllers.startswith("name=") else controllers
    mount("cgroup", folder, "cgroup", SAFE, data)
    for controller in controllers.split(",")[1:]:
        with suppress(FileExistsError):
            (ROOT / controller).symlink_to(folder.name)


def _make_writable(found: MountPoint) -> None:
    if "ro" in found.options:
        mount("", Path(found.point), "", MS_REMOUNT | MS_BIND | SAFE)


def nest(base: Path) -> None:
    """Make room for groups below a group of version 2: move its processes into a leaf and hand every controller down.
    The machine's own root group needs no leaf, and its processes aren't ours to move."""
    if (base / "cgroup.type").exists():
        leaf = base / LEAF
        leaf.mkdir(exist_ok=True)
        for _ in range(ROUNDS):
            pids = (base / "cgroup.procs").read_text().split()
            if not pids:
                break
            for pid in pids:
                _move(pid, leaf)
    for controller in (base / "cgroup.controllers").read_text().split():
        with suppress(OSError):  # a controller that can't be handed down costs limits only
            (base / "cgroup.subtree_control").write_text(f"+{controller}")


def _move(pid: str, leaf: Path) -> None:
    try:
        (leaf / "cgroup.procs").write_text(pid)
    except OSError as error:
        if error.errno not in (errno.ESRCH, errno.EINVAL):  # the process has just ended, or is a thread of the kernel
            raise
