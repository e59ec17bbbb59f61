"""Which iptables an engine of our own uses: the kernel may support only one of the two kinds of packet filters."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")
PATIENCE = 10.0
"""Seconds to wait for a table, whose lock another process may hold."""


def environ_for_engine(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return ``environ`` as it is, unless only iptables-legacy works: then links to its programs are made in
    ``folder``, which comes first in the path. Nothing else in the system changes."""
    if not works("iptables") and works("iptables-legacy"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            older = shutil.which(name.replace("tables", "tables-legacy", 1))
            with suppress(FileExistsError):
                (folder / name).symlink_to(older or name)
        return {**environ, "PATH": f"{folder}:{environ.get('PATH', os.defpath)}"}
    return dict(environ)


def works(program: str) -> bool:
    """Whether a program can read the table that every engine needs."""
    look = [program, "--wait", "--table", "nat", "--numeric", "--list"]
    try:
        return subprocess.run(look, capture_output=True, check=False, timeout=PATIENCE).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
