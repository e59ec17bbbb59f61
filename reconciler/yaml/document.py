"""A file's data, with the place of every key and value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]
Place = tuple[str, int, int]
"""File, line and column; the last two count from 1."""
RESET, OVERRIDE = "!reset", "!override"
"""Compose's merge tags: a value that takes away, or replaces, what it would be merged with."""


class UnreadableYaml(Exception):
    """YAML that can't be read."""

    def __init__(self, message: str, place: Place, hint: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.hint = hint


@dataclass(slots=True)
class Item:
    """A value of a file: a scalar, or the items of a list or mapping. ``key`` has the place of its key."""

    value: Any
    at: Place
    key: Place | None = None
    tag: str = ""

    def size(self) -> int:
        """Return how many values these are."""
        value = self.value
        inner: Iterable[Item] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return 1 + sum(item.size() for item in inner)

    def plain(self) -> Any:
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return [item.plain() for item in self.value] if isinstance(self.value, list) else self.value


@dataclass(slots=True)
class Document:
    """``places`` has where each value begins, ``keys`` where its key does; both by the path to the value."""

    data: Any
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    @classmethod
    def of(cls, item: Item) -> Document:
        document = cls(item.plain())
        document._note(item, ())
        return document

    def _note(self, item: Item, path: Path) -> None:
        self.places[path] = item.at
        if item.key:
            self.keys[path] = item.key
        parts = item.value.items() if isinstance(item.value, dict) else ()
        for key, inner in enumerate(item.value) if isinstance(item.value, list) else parts:
            self._note(inner, (*path, key))

    def value(self, path: Path) -> Any:
        found = self.data
        for part in path:
            found = found[part]
        return found

    def at(self, path: Path) -> Place:
        """The place of the value at ``path``, or of the nearest thing around it that is in the file."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places[path]

    def key_at(self, path: Path) -> Place:
        return self.keys.get(path) or self.at(path)
