"""Codecs bring parts of an Engine API object into canonical form, and carry single items from one object to another.

Canonical form is plain data with Compose's names. Absent, null, empty and the engine's own default are one and the
same, unordered lists are mappings or sorted, so that equality of two canonical values is equality of meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Protocol

from reconciler.records import dataclass

Canonical = Any

EMPTY: tuple[Any, ...] = (None, "", [], {}, False, 0)


def empty(value: Any) -> bool:
    """Return whether Go's ``omitempty`` leaves a value out."""
    return value in EMPTY


def pruned(value: Any) -> Any:
    """``value`` without anything empty in it, at any depth."""
    if isinstance(value, dict):
        kept = {key: pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if not empty(item)}
    if isinstance(value, list):
        return [pruned(item) for item in value]
    return value


class Codec(Protocol):
    """One way of reading a value. One with parts can carry a single one from another value, by its key."""

    def canonical(self, value: Any) -> Canonical: ...

    def carry(self, desired: Any, observed: Any, key: str) -> Any:
        """``desired`` with the item ``key`` as it is in ``observed``."""
        ...

    def arrange(self, desired: Any, observed: Any) -> Any:
        """``desired`` in the order of ``observed``, as far as both have the same items."""
        ...


@dataclass(frozen=True)
class Whole:
    """A value without parts: a scalar, or a list whose order has a meaning."""

    default: Any = None
    convert: Callable[[Any], Any] | None = None

    def canonical(self, value: Any) -> Canonical:
        if value is None or (self.default is None and value in ("", [], {})):
            value = self.default
        return value if value is None or self.convert is None else self.convert(value)

    def carry(self, desired: Any, observed: Any, key: str) -> Any:
        return desired

    def arrange(self, desired: Any, observed: Any) -> Any:
        return desired


@dataclass(frozen=True)
class Omitted(Whole):
    """A value that an engine may leave out: an empty one means the default."""

    def canonical(self, value: Any) -> Canonical:
        if empty(value):
            value = self.default
        return value if value is None or self.convert is None else self.convert(value)


@dataclass(frozen=True)
class Bag(Whole):
    """A list whose order means nothing."""

    def canonical(self, value: Any) -> Canonical:
        if not value:
            return None
        return sorted({self.convert(item) if self.convert else item for item in value})

    def arrange(self, desired: Any, observed: Any) -> Any:
        return in_order_of(desired or [], observed or [], lambda item: item) or None


@dataclass(frozen=True)
class Pairs:
    """``["KEY=VALUE", "KEY"]``, where the last one of a key wins (engine: ``ReplaceOrAppendEnvValues``)."""

    def canonical(self, value: Any) -> Canonical:
        pairs = (entry.partition("=") for entry in value or [])
        return {key: text if sep else None for key, sep, text in pairs}

    def carry(self, desired: Any, observed: Any, key: str) -> Any:
        return swap(desired or [], observed or [], key, lambda entry: str(entry).partition("=")[0])

    def arrange(self, desired: Any, observed: Any) -> Any:
        return in_order_of(desired or [], observed or [], lambda entry: str(entry).partition("=")[0]) or None


@dataclass(frozen=True)
class Map:
    """A mapping of free keys. ``hidden`` keys take part in no comparison and are left as they are in a write."""

    hidden: Callable[[str], bool] = field(default=lambda _: False)

    def canonical(self, value: Any) -> Canonical:
        return {key: item for key, item in (value or {}).items() if not self.hidden(key)}

    def carry(self, desired: Any, observed: Any, key: str) -> Any:
        kept = {name: item for name, item in (desired or {}).items() if name != key}
        return kept | ({key: observed[key]} if observed and key in observed else {})

    def arrange(self, desired: Any, observed: Any) -> Any:
        kept = {key: item for key, item in (observed or {}).items() if self.hidden(key)}
        return {**kept, **(desired or {})} or None


@dataclass(frozen=True)
class Struct:
    """An object with known members: API name → (our name, codec). Unknown members are compared as they come."""

    members: Mapping[str, tuple[str, Codec]]
    absent: Mapping[str, Any] | None = None
    """What the engine takes where the whole object is absent, if that isn't each member's default."""

    def canonical(self, value: Any) -> Canonical:
        if value is None:
            value = self.absent or {}
        known = {name: codec.canonical(value.get(api)) for api, (name, codec) in self.members.items() if name}
        other = pruned({api: item for api, item in value.items() if api not in self.members})
        return {name: item for name, item in {**known, **other}.items() if item is not None and item != {}}

    def carry(self, desired: Any, observed: Any, key: str) -> Any:
        name, _, rest = key.partition(".")
        api = next((api for api, (own, _) in self.members.items() if own == name), name)
        result = {member: item for member, item in (desired or {}).items() if member != api}
        theirs = (observed or {}).get(api)
        if rest and api in self.members:
            theirs = self.members[api][1].carry((desired or {}).get(api), theirs, rest)
        return result if theirs is None else {**result, api: theirs}

    def arrange(self, desired: Any, observed: Any) -> Any:
        return desired


@dataclass(frozen=True)
class Table:
    """A list of objects that are told apart by a key, in no particular order."""

    key: Callable[[Mapping[str, Any]], str]
    item: Codec

    def canonical(self, value: Any) -> Canonical:
        return {self.key(entry): self.item.canonical(entry) for entry in value or []}

    def carry(self, desired: Any, observed: Any, key: str) -> Any:
        theirs = observed or []
        for own in {self.key(entry) for entry in [*(desired or []), *theirs]}:
            if key == own:
                return swap(desired or [], theirs, own, self.key)
            if key.startswith(own + "."):
                match = next((entry for entry in theirs if self.key(entry) == own), None)
                rest = key.removeprefix(own + ".")
                return [
                    self.item.carry(entry, match, rest) if self.key(entry) == own else entry for entry in desired or []
                ]
        return desired

    def arrange(self, desired: Any, observed: Any) -> Any:
        return in_order_of(desired or [], observed or [], self.key) or None


def in_order_of(desired: list[Any], observed: list[Any], key: Callable[[Any], str]) -> list[Any]:
    """``desired`` in the order in which ``observed`` has the same keys, new ones last."""
    places: dict[str, int] = {}
    for place, entry in enumerate(observed):
        places.setdefault(key(entry), place)
    return sorted(desired, key=lambda entry: places.get(key(entry), len(places) + len(observed)))


def swap(desired: list[Any], observed: list[Any], own: str, key: Callable[[Any], str]) -> list[Any]:
    """``desired`` with the entries of key ``own`` taken from ``observed``."""
    return [entry for entry in desired if key(entry) != own] + [entry for entry in observed if key(entry) == own]
