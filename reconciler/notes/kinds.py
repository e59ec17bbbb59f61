"""The kinds of notes that we keep in the Swarm: their names, their labels, and whether a write of one starts a pass.

To add a kind: list it in ``KINDS``, keep its content in a module of its own (``entries`` does most of it), and say in
``notices`` what is wrong with one that can't be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler import labels
from reconciler.observed.model import Config
from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.triggers.engine import Event

COUNT = "count"
"""Label of a kind with the number of its other labels: it marks a note that holds nothing as one of ours."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of note. An owner's note is the config ``<owner>-<name>``.

    ``prefix`` begins all its labels, and must be one that ``labels.NOTES`` covers. With ``places``, a note is a ring of
    so many configs, ``<owner>-<name>-0`` and so on. ``wakes``: a write of it is a reason for a pass.
    """

    name: str
    prefix: str
    places: int = 0
    wakes: bool = False

    def name_of(self, owner: str, place: int = 0) -> str:
        """Return the name of an owner's config."""
        return f"{owner}-{self.name}-{place}" if self.places else f"{owner}-{self.name}"

    def find(self, configs: Mapping[str, Config], owner: str) -> dict[int, Config]:
        """Return the owner's configs of this kind, by their places in the ring."""
        names = {place: self.name_of(owner, place) for place in range(self.places or 1)}
        return {place: configs[name] for place, name in names.items() if name in configs}

    def label(self, name: str) -> str:
        """Return the whole name of one of its labels."""
        return self.prefix + name

    def labels_of(self, config: Config) -> dict[str, str]:
        """Return the labels of this kind that a config has, without the count."""
        given: Mapping[str, object] = config.spec.get("Labels") or {}
        count = self.label(COUNT)
        return {name: str(text) for name, text in given.items() if name.startswith(self.prefix) and name != count}

    def owner_of(self, config: str) -> str | None:
        """Return the owner whose note a config is by its name; None if it is no note of this kind."""
        base, _, place = config.rpartition("-") if self.places else (config, "", "0")
        owner = base.removesuffix(f"-{self.name}")
        return owner if owner != base and place.isdigit() else None


LEASE = Kind("lease", labels.LEASE)
SUSPENDED = Kind("suspended", labels.SUSPENDED, wakes=True)
HISTORY = Kind("history", labels.HISTORY, places=11)
KINDS = (LEASE, SUSPENDED, HISTORY)


def is_note_event(event: Event, owner: str) -> bool:
    """Whether an event is only a note being written, which is no reason for a pass.

    That is anything that happens to the owner's notes of a kind that doesn't wake, and writes of another owner's: a
    lease is renewed every 3 s.
    """
    if event.type != "config":
        return False
    owners = {kind.owner_of(event.name) for kind in KINDS if not kind.wakes} - {None}
    return owner in owners or (bool(owners) and event.action == "update")
