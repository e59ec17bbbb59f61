"""What findings say, for tests."""

from __future__ import annotations

from reconciler.causes.facts import Finding
from reconciler.causes.words import say


def in_words(finding: Finding | None) -> str:
    return say(finding) if finding else ""
