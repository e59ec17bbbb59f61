"""Files as users' programs write them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent


def put(file: Path, text: str) -> Path:
    """A file with the text, in one step as editors do."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(dedent(text))
    fresh.rename(file)
    return file
