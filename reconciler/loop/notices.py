"""Warnings about what somebody wrote by hand into our notes in the Swarm: each names the object, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.errors import Fault
from reconciler.loop import lease, segments, suspending
from reconciler.observed.model import Config


class Notices:
    """Looks at a note again only when it was written since: a pass in which nothing moved pays next to nothing."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._seen: dict[str, tuple[Config, tuple[Fault, ...]]] = {}

    def of(self, configs: Mapping[str, Config]) -> tuple[Fault, ...]:
        """One warning for each note that can't be read as it is."""
        owner = self._owner
        named = (lease.lease_name(owner), suspending.name_of(owner))
        notes = [configs[name] for name in named if name in configs]
        notes += segments.segments(configs, owner).values()
        self._seen = {note.name: self._known(note) for note in notes}
        return tuple(fault for _, faults in self._seen.values() for fault in faults)

    def _known(self, note: Config) -> tuple[Config, tuple[Fault, ...]]:
        seen = self._seen.get(note.name)
        return seen if seen and seen[0] is note else (note, tuple(self._faults(note)))

    def _faults(self, note: Config) -> Iterator[Fault]:
        hint = f"it goes on without; `docker config rm {note.name}` removes it, and it is made again when it is needed"
        where = f"config {note.name}"
        if note.name == lease.lease_name(self._owner):
            wrong = lease.unreadable(note)
        elif note.name == suspending.name_of(self._owner):
            wrong = "; ".join(suspending.unreadable(note))
            hint = f"`docker config rm {note.name}` ends all suspensions"
        else:
            wrong = segments.unreadable(note)
        if wrong:
            yield Fault(where, 0, 0, wrong, hint)
