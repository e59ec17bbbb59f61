"""The page of causes, from the table that ``explain --cause`` prints."""

from __future__ import annotations

from hack.reference.tables import NOTE
from reconciler.causes.reference import REFERENCE


def causes() -> str:
    """Return the page of causes."""
    parts = [
        f"# Causes\n\n{NOTE}\n",
        "Every verdict, every difference that is left alone, and every action that fails or waits has one cause. JSON\n"
        "outputs have it as `cause`, with what is known about it as `facts`. `reconciler explain --cause CAUSE`\n"
        "prints an entry of this page.\n",
    ]
    for cause, entry in REFERENCE.items():
        parts.append(f"## {cause}\n\n{entry.meaning}\n\n- See: `{entry.see}`\n- Do: {entry.action}\n")
    return "\n".join(parts)
