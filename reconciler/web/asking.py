"""What readers may ask of the loop of this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from reconciler.desired.suspension import Suspension
from reconciler.errors import ReconcilerError
from reconciler.notes import suspensions
from reconciler.notes.entries import Entries
from reconciler.notes.record import Store
from reconciler.printable import printable
from reconciler.status.service_names import Named, find, stacks_of
from reconciler.triggers.wakes import Wake
from reconciler.web.feed import Feed
from reconciler.web.problems import Problem

LONGEST = 500
"""Characters of a reason."""


class Wakes(Protocol):
    """The loop's inbox."""

    def add_from_thread(self, wake: Wake) -> None: ...


class LocalLoop:
    """The loop of this process, asked from other threads."""

    def __init__(
        self, feed: Feed, wakes: Wakes, store: Store, owner: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._feed = feed
        self._wakes = wakes
        self._store = store
        self._owner = owner
        self._clock = clock

    def force(self, actor: str, *, consent: bool) -> None:
        """Force a pass; with consent, one that removes what waits for it."""
        view = self._feed.latest
        if view and view.report.standby:
            raise Problem(409, f"this process stands by: {view.report.standby} acts, and has to be asked")
        self._wakes.add_from_thread(
            Wake(f"{'consent' if consent else 'reload'} by {actor}", forced=True, agreed=consent)
        )

    def suspend(self, actor: str, target: str, reason: str) -> str:
        """Write and remove nothing of a stack or a service from now on. Return that in words."""
        named = self._found(target)
        entries, name = _entry(named)
        entries.put(self._store, self._owner, name, Suspension(self._clock(), actor, printable(reason[:LONGEST])))
        return f"{named} is suspended by {actor}"

    def resume(self, actor: str, target: str) -> str:
        """End a suspension. Return that in words."""
        named = self._found(target)
        entries, name = _entry(named)
        entries.drop(self._store, self._owner, name)
        return f"{named} is resumed by {actor}"

    def _found(self, target: str) -> Named:
        view = self._feed.latest
        if view is None:
            raise Problem(503, "no pass has ended yet", retry_after="1")
        suspended = view.report.suspensions
        gone = [Named("", name, name) for name in suspended.services if name not in {each.name for each in view.named}]
        stacks = {**{each.stack: each for each in stacks_of(view.named)}}
        stacks |= {name: Named(name) for name in suspended.stacks if name not in stacks}
        try:
            return find(target[:300], (*stacks.values(), *view.named, *gone))
        except ReconcilerError as error:
            raise Problem(404, str(error)) from error


def _entry(named: Named) -> tuple[Entries[Suspension], str]:
    return (suspensions.SERVICES, named.name) if named.name else (suspensions.STACKS, named.stack)
