"""``pull_policy`` and ``pull_refresh_after``: how often a registry is asked whether a tag has moved."""

from __future__ import annotations

import re
from typing import Any

from reconciler.compose.scalars import text

TRACKING = {"daily": 86_400.0, "weekly": 7 * 86_400.0}
"""Policies that track the tag, and their interval in seconds."""
PLAIN = ("always", "never", "missing", "if_not_present", "build", "refresh")
EVERY = "every_"
_UNITS = {"w": 7 * 86_400, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_AGE = re.compile(r"(?:[0-9]{1,6}[wdhms]){1,20}\Z")
_PART = re.compile(r"([0-9]{1,6})([wdhms])")


def age(value: Any) -> float:
    """Return the seconds of ``1w2d``, ``12h`` or ``90m``. Raises ``ValueError``."""
    given = text(value)
    seconds = float(sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(given)))
    if not _AGE.match(given) or not seconds:
        raise ValueError(f"{given[:30]!r} isn't a time of w, d, h, m and s; write it like 12h or 1d12h")
    return seconds


def pull_policy(value: Any) -> str:
    """Return the policy as it is written. Raises ``ValueError`` for a policy that Compose doesn't have."""
    given = text(value)
    if given.startswith(EVERY):
        age(given.removeprefix(EVERY))
    elif given and given not in {*PLAIN, *TRACKING}:
        names = ", ".join((*PLAIN, *TRACKING))
        raise ValueError(f"{given[:30]!r} isn't a pull policy; write one of {names}, or every_12h")
    return given


def interval(policy: str) -> float | None:
    """Return how often ``policy`` asks the registry, in seconds; None for a policy that gives no interval."""
    return age(policy.removeprefix(EVERY)) if policy.startswith(EVERY) else TRACKING.get(policy)
