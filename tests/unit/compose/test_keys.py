"""COMPOSE.md is current, and every honoured key has a file that shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_table_of_keys_is_current(tmp_path: Path) -> None:
    """``make schema`` writes it."""
    script = "import sys; sys.path.insert(0, 'hack'); import keys; sys.stdout.write(keys.table())"
    made = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert made == (ROOT / "COMPOSE.md").read_text()


def test_every_honoured_key_is_shown() -> None:
    lines = (ROOT / "COMPOSE.md").read_text().splitlines()
    assert [line for line in lines if "| honoured" in line and line.endswith("|  |")] == []
