"""The container that this process runs in, as far as the process itself can tell."""

from __future__ import annotations

import re
from pathlib import Path

PROC = Path("/proc")
_MOUNTED = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf) ")
"""Three files that an engine mounts into each of its containers, from a folder named by the container's id. The host
name may be anything, and with a control-group namespace of its own (the default on cgroup v2) a process sees no id
there."""


def own_container(proc: Path = PROC) -> str:
    """Its id, empty outside of any. Which engine's it is has to be asked: a container of the engine around our own
    engine has one too."""
    try:
        found = _MOUNTED.search((proc / "self/mountinfo").read_text())
    except OSError:
        return ""
    return found[1] if found else ""
