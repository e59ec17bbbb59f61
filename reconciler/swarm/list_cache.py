"""The last lists of the engine, kept. If a list is the same to the letter, or an object's version is the same, the very
objects of the last Snapshot are used again, so that nothing is computed twice for them.

SwarmKit raises an object's version with every write, also of its status (``store.Update``: ``Meta.Version``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NoReturn, TypeVar

from reconciler.printable import printable
from reconciler.swarm import shapes
from reconciler.swarm.decode import Names, Raw, is_swarms

GARBLED = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)
"""Exceptions that reading a malformed answer may raise."""
T = TypeVar("T")
UNORDERED = {"networks": "Id", "volumes": "Name"}
"""Lists that the engine makes from a map and gives in another order each time, with the key that tells their items
apart."""


class Lists:
    """The lists by kind, decoded. The result is the same object if the engine's answer was the same in any order."""

    def __init__(self, get: Callable[[str], bytes]) -> None:
        self._get = get
        self._last: dict[str, tuple[bytes, Any]] = {}

    def of(self, kind: str) -> Any:
        """Return one list, decoded. Raises ``ValueError`` for an answer that isn't JSON, and what ``get`` raises.

        Without a leader an engine still lists networks, but only those that it made itself (moby,
        ``getNetworksList``; seen on 20.10). An answer without any of the Swarm's networks is believed only if it
        comes again after an answer that needs a leader.
        """
        found = self._of(kind)
        if kind == "networks" and not any(map(is_swarms, found)):
            self._of("nodes")
            found = self._of(kind)
        return found

    def _of(self, kind: str) -> Any:
        content = self._get(kind)
        last = self._last.get(kind)
        if last is None or last[0] != content:
            found = _in_order(kind, json.loads(content) or [])
            same = kind in UNORDERED and last is not None and last[1] == found
            last = self._last[kind] = content, last[1] if last and same else found
        return last[1]


def _in_order(kind: str, answer: Any) -> Any:
    """Return the list in a fixed order. Raises one of ``GARBLED`` for an answer that is no such list."""
    identity = UNORDERED.get(kind)
    if identity is None:
        return answer if isinstance(answer, list) else _no_list(kind)
    if kind == "networks":
        shapes.check(answer, [shapes.NETWORK])
        return sorted(answer, key=lambda raw: str(raw[identity]))
    volumes = (answer or {}).get("Volumes") or []
    shapes.check(volumes, [shapes.VOLUME])
    return {"Volumes": sorted(volumes, key=lambda raw: str(raw[identity]))}


def _no_list(kind: str) -> NoReturn:
    raise shapes.Misshapen(f"it is no list of {kind}")


def _name(raw: Any) -> str:
    """Return what tells an object from others, if it has that."""
    known = raw if isinstance(raw, Mapping) else {}
    spec = known.get("Spec")
    name = spec.get("Name") if isinstance(spec, Mapping) else None
    return printable(str(name or known.get("ID") or "one without a name")[:100])


def in_words(error: Exception) -> str:
    """Say why an object couldn't be read; the words follow its name."""
    words = str(error) if isinstance(error, shapes.Misshapen) else f"lacks a member that all others have ({error})"
    return words[:200]


class Kept(Generic[T]):
    """The objects of one kind by id, decoded once per version."""

    def __init__(self, decode: Callable[[Raw, Names], T]) -> None:
        self._decode = decode
        self._names = Names()
        self._raws: Iterable[Raw] = ()
        self._objects: dict[str, tuple[int, T]] = {}
        self.all: Mapping[str, T] = {}
        self.unread: tuple[str, ...] = ()
        """Objects that couldn't be read and are left out: name or id, and why."""

    def of(self, raws: Iterable[Raw], names: Names) -> Mapping[str, T]:
        """Return the objects by id, in the order of the list."""
        known = names == self._names
        if raws is self._raws and known:
            return self.all
        before = self._objects if known else {}
        self._objects, unread = {}, []
        for raw in raws:
            try:
                self._objects[raw["ID"]] = self._object(raw, names, before)
            except GARBLED as error:
                unread.append(f"{_name(raw)} {in_words(error)}")
        self.unread = tuple(unread)
        self.all = {identity: found for identity, (_, found) in self._objects.items()}
        self._raws, self._names = raws, names
        return self.all

    def _object(self, raw: Raw, names: Names, before: Mapping[str, tuple[int, T]]) -> tuple[int, T]:
        version = raw["Version"]["Index"]
        kept = before.get(raw["ID"])
        return kept if kept and kept[0] == version else (version, self._decode(raw, names))
