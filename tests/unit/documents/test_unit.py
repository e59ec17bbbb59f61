"""The unit of systemd that the start guide names is one that systemd takes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "examples/reconciler.service"
ANALYZE = shutil.which("systemd-analyze")


def test_the_guide_puts_the_program_where_the_unit_looks() -> None:
    guide = (ROOT / "docs/start.md").read_text()
    assert "PIPX_BIN_DIR=/usr/local/bin" in guide
    assert "ExecStart=/usr/local/bin/reconciler run --desired /srv/stacks" in UNIT.read_text()
    assert "/srv/stacks" in guide


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """With a program that is there: systemd looks whether it can be run."""
    made = tmp_path / UNIT.name
    made.write_text(UNIT.read_text().replace("/usr/local/bin/reconciler", sys.executable))
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", "--recursive-errors=no", str(made)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "reconciler" in line]) == (0, [])
