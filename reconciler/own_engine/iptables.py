"""Which iptables an engine of our own finds: the kernel may have only one of the two ways to filter packets."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")
PATIENCE = 10.0
"""Seconds for a look at a table, whose lock somebody else may hold."""


def environ_for_engine(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """``environ`` as it is, unless only the older way works: then the programs of that one come first in its path, by
    links that are made in ``folder``. Nothing else of the system is changed."""
    if not works("iptables") and works("iptables-legacy"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            older = shutil.which(name.replace("tables", "tables-legacy", 1))
            with suppress(FileExistsError):
                (folder / name).symlink_to(older or name)
        return {**environ, "PATH": f"{folder}:{environ.get('PATH', os.defpath)}"}
    return dict(environ)


def works(program: str) -> bool:
    """Tried on the table that every engine needs."""
    look = [program, "--wait", "--table", "nat", "--numeric", "--list"]
    try:
        return subprocess.run(look, capture_output=True, check=False, timeout=PATIENCE).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
