"""Suspensions at run time: entries of one note, ``<owner>-suspended``.

Any process may write it; the one that holds the lease only reads it. The engine's event of the write wakes the loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.bounded import Unreadable, moment
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.notes.entries import Entries
from reconciler.notes.kinds import SUSPENDED
from reconciler.notes.untrusted import short, value
from reconciler.observed.model import Config


def _decoded(text: str) -> tuple[Suspension, str]:
    """Return the suspension, and what is wrong with it. Whatever was written there by hand suspends anyway."""
    try:
        given = value(text)
        by, reason = given["by"], given["reason"]
        if not isinstance(by, str) or not isinstance(reason, str):
            raise Unreadable("isn't one of ours")
    except (Unreadable, KeyError, TypeError) as error:
        return Suspension(reason=short(text)), str(error) if isinstance(error, Unreadable) else "isn't one of ours"
    said = Suspension(None, short(by), short(reason))
    try:
        return replace(said, since=moment(given.get("since"))), ""
    except Unreadable as error:
        return said, str(error)


def _encoded(suspension: Suspension) -> dict[str, Any]:
    return {"since": suspension.since, "by": suspension.by, "reason": suspension.reason}


STACKS: Entries[Suspension] = Entries(SUSPENDED, "stack.", _decoded, _encoded)
"""Suspended stacks."""
SERVICES: Entries[Suspension] = Entries(SUSPENDED, "service.", _decoded, _encoded)
"""Suspended services, by their Swarm names."""


def suspensions(configs: Mapping[str, Config], owner: str) -> Suspensions:
    """Return what is suspended at run time, by the configs of a Snapshot."""
    return Suspensions(STACKS.read(configs, owner), SERVICES.read(configs, owner))


def unreadable(config: Config) -> Iterator[str]:
    """Yield what is wrong with suspensions that somebody wrote by hand, in words."""
    for entries in (STACKS, SERVICES):
        for name, words in entries.wrong(config):
            yield f"the suspension of {name} {words}; it suspends anyway: `reconciler resume` ends it"
