"""What an engine of our own needs to run here: programs, root, capabilities, mounts and keyrings."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import shutil
import tempfile
from pathlib import Path

from reconciler.own_engine.mounts import MS_NODEV, MS_NOSUID, mount, unmount

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
"""Capabilities that an engine and its runc need, by bit (``capabilities(7)``). Docker doesn't give a container
NET_ADMIN and SYS_ADMIN."""
_LIBC = ctypes.CDLL(None, use_errno=True)
_KEYCTL = {"x86_64": 250, "aarch64": 219}
"""Number of the system call ``keyctl(2)``, which no library wraps."""
_KEYCTL_GET_KEYRING_ID, _SESSION_KEYRING = 0, -3


def lacking() -> tuple[str, ...]:
    """Return what is missing for an engine of our own, in words; nothing if it can run."""
    found: list[str] = []
    if shutil.which("dockerd") is None:
        found.append("the program dockerd")
    if os.geteuid() != 0:
        found.append(f"root (this is user {os.geteuid()})")
    missing = capabilities_missing(Path("/proc/self/status").read_text())
    if missing:
        found.append(f"{'capability' if len(missing) == 1 else 'capabilities'} {', '.join(missing)}")
    elif not found and not (_may_mount() and _may_use_keys()):
        found.append("permission to mount and to use keyrings (seccomp or AppArmor denies it)")
    return tuple(found)


def capabilities_missing(status: str) -> tuple[str, ...]:
    """Return the needed capabilities that ``/proc/PID/status`` doesn't list as effective."""
    effective = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:"))
    return tuple(name for name, bit in CAPABILITIES.items() if not effective >> bit & 1)


def _may_mount() -> bool:
    """Whether this process may mount, found out by mounting. If no folder can be made because everything is read-only,
    dockerd will say why."""
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
    """Whether this process may use keyrings, found out with its own: runc makes one for each container, and Docker's
    seccomp profile forbids it."""
    number = _KEYCTL.get(platform.machine())
    if number is None:
        return True
    ctypes.set_errno(0)
    _LIBC.syscall(number, _KEYCTL_GET_KEYRING_ID, _SESSION_KEYRING, 0)
    return ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS)
