"""A note with an entry for each of several things (a stack, a service, a source): one label each, with JSON in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from reconciler.notes.kinds import Kind
from reconciler.notes.record import Record, Store
from reconciler.notes.untrusted import short
from reconciler.observed.model import Config
from reconciler.records import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entries(Generic[T]):
    """Entries of one scope of a note. The label of an entry is the kind's prefix, ``scope`` and the entry's name.

    ``decode`` reads a label: it returns the value, or None if the entry is left out, and what is wrong with it in words
    that complete "it ...", empty for nothing. It never raises. ``encode`` returns the JSON data of a value.
    """

    kind: Kind
    scope: str
    decode: Callable[[str], tuple[T | None, str]]
    encode: Callable[[T], Mapping[str, Any]]

    def read(self, configs: Mapping[str, Config], owner: str) -> dict[str, T]:
        """Return the owner's entries by their names, out of the configs of a Snapshot."""
        found = configs.get(self.kind.name_of(owner))
        decoded = {name: self.decode(text)[0] for name, text in self._texts(found)}
        return {name: value for name, value in decoded.items() if value is not None}

    def put(self, store: Store, owner: str, name: str, value: T) -> None:
        """Write one entry, in place of the one of that name. Raises ``EngineError``."""
        text = json.dumps(self.encode(value))
        Record(store, self.kind, owner).change(lambda given: {**given, self._label(name): text})

    def drop(self, store: Store, owner: str, name: str) -> None:
        """Take one entry out; do nothing if it isn't there. Raises ``EngineError``."""
        Record(store, self.kind, owner).change(
            lambda given: {label: text for label, text in given.items() if label != self._label(name)}
        )

    def wrong(self, config: Config) -> Iterator[tuple[str, str]]:
        """Yield each entry that can't be read as it is: its name, and what is wrong in words that complete "it ..."."""
        for name, text in self._texts(config):
            if words := self.decode(text)[1]:
                yield short(name), words

    def _label(self, name: str) -> str:
        return self.kind.label(self.scope + name)

    def _texts(self, config: Config | None) -> Iterator[tuple[str, str]]:
        start = self._label("")
        for label, text in self.kind.labels_of(config).items() if config else ():
            if label.startswith(start):
                yield label.removeprefix(start), text
