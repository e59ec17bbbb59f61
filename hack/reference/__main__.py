"""Writes the pages: python -m hack.reference"""

from __future__ import annotations

from pathlib import Path

from hack.reference import PAGES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for page, make in PAGES.items():
        (FOLDER / page).write_text(make())
