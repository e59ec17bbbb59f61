"""One note in the Swarm: a config object whose labels are the note, changed by compare-and-swap of its version.

Swarm can change the labels of a config, but not its data. Each write carries the version that was read, and the Swarm's
Raft store lets one writer win, so any process may write a note.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from reconciler import labels
from reconciler.desired.model import Spec
from reconciler.errors import Conflict, NotFound, OutOfSequence
from reconciler.notes.kinds import COUNT, Kind
from reconciler.observed.model import Config
from reconciler.records import dataclass

TRIES = 5
"""How many writers in a row may be faster before a change gives up."""


class Store(Protocol):
    """What notes need of a Swarm. Every method raises ``EngineError`` if the engine can't be asked."""

    def config(self, name: str) -> Config | None:
        """Return the config of this name; None if there is none."""

    def configs(self, prefix: str) -> Mapping[str, Config]:
        """Return the configs whose names begin with ``prefix``."""

    def create_config(self, spec: Spec, data: bytes) -> str:
        """Create a config and return its id. Raises ``Conflict`` if one has that name."""

    def label_config(self, config: Config, labels: Mapping[str, str]) -> None:
        """Set all labels of a config. Raises ``OutOfSequence`` if its version has moved, ``NotFound`` if it is gone."""

    def remove_config(self, identity: str) -> None:
        """Remove a config. Raises ``NotFound`` if it is gone."""


@dataclass(frozen=True, slots=True)
class Record:
    """One note of an owner. ``place`` is its place in the ring, for kinds that have one.

    Every method asks the engine, and raises ``EngineError`` if it can't be asked.
    """

    store: Store
    kind: Kind
    owner: str
    place: int = 0

    @property
    def name(self) -> str:
        """Name of the config object."""
        return self.kind.name_of(self.owner, self.place)

    def read(self) -> Config | None:
        """Return the note as it is now; None if there is none."""
        return self.store.config(self.name)

    def write(self, over: Config | None, given: Mapping[str, str]) -> bool:
        """Replace all labels of the note that was read, or create it if there was none.

        Return False if somebody else was faster: then nothing was written.
        """
        marked = {labels.OWNER: self.owner, **given}
        try:
            if over is None:
                self.store.create_config({"Name": self.name, "Labels": marked}, self.kind.name.encode())
            else:
                self.store.label_config(over, marked)
        except (Conflict, NotFound, OutOfSequence):
            return False
        return True

    def change(self, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Read the labels of this kind, and write what ``change`` makes of them. What others write meanwhile stays.

        Raises:
            OutOfSequence: others were faster, ``TRIES`` times in a row.
        """
        for _ in range(TRIES):
            found = self.read()
            wanted = change(self.kind.labels_of(found) if found else {})
            if self.write(found, {**wanted, self.kind.label(COUNT): str(len(wanted))}):
                return
        raise OutOfSequence(f"config {self.name}: others write it all the time; try again")

    def remove(self, found: Config) -> bool:
        """Remove the note that was read. Return False if somebody else wrote it since: then it stays.

        Swarm removes by id and takes no version, so the note is read once more right before.
        """
        now = self.read()
        if now is None:
            return True
        if (now.id, now.version) != (found.id, found.version):
            return False
        with suppress(NotFound):
            self.store.remove_config(now.id)
        return True
