"""The container that this process runs in, as far as the process can find out."""

from __future__ import annotations

import re
from pathlib import Path

PROC = Path("/proc")
_MOUNTED = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf) ")
"""Three files that an engine mounts into each container, from a folder named by the container's id. The host name may
be anything, and in a control-group namespace of its own (the default on cgroup v2) a process sees no id."""


def own_container(proc: Path = PROC) -> str:
    """Return its id; empty outside of a container. It may be a container of any engine, also of the one around our own
    engine."""
    try:
        found = _MOUNTED.search((proc / "self/mountinfo").read_text())
    except OSError:
        return ""
    return found[1] if found else ""
