"""Owner of an object of the Swarm (rule 9).

The owner label alone proves nothing, because tools copy labels. Everything that we write also carries its own kind and
name in ``labels.OBJECT``. Older versions wrote no such label. An object of theirs is ours if its name fits its stack,
or if the files name it. Only objects of ours are removed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler import labels
from reconciler.errors import Fault
from reconciler.observed.model import Snapshot
from reconciler.plan.draft import stack_of
from reconciler.plan.model import Action, Key, Kind

_HASH = re.compile(r"-[0-9a-f]{8}\Z")
"""Suffix that the first versions appended to the name of a config or secret."""


def owner_of(key: Key, spec: Mapping[str, Any]) -> str:
    """Return the owner that an object's labels name; empty if it has none, or if its labels were copied."""
    return "" if copied_from(key, spec) else labels.of(spec, labels.OWNER)


def copied_from(key: Key, spec: Mapping[str, Any]) -> str:
    """Describe the object from which these labels were copied; empty if they are the object's own."""
    noted = labels.of(spec, labels.OBJECT)
    return noted.replace("/", " ", 1) if noted not in {"", _noted(key)} else ""


def is_ours(key: Key, spec: Mapping[str, Any], owner: str, named: Collection[Key] = ()) -> bool:
    """Say whether an object is ours to remove, and doesn't just have our labels. ``named`` are the objects of the
    files, by their names there."""
    return owner_of(key, spec) == owner and _is_bound(key, spec, named)


def bound(action: Action, owner: str) -> Action:
    """Return the action so that what it writes for ``owner`` carries the object's own kind and name."""
    if action.spec is None or labels.of(action.spec, labels.OWNER) != owner:
        return action
    marked = {**action.spec["Labels"], labels.OBJECT: _noted(action.key)}
    return replace(action, spec={**action.spec, "Labels": marked})


def objects(snapshot: Snapshot) -> Iterator[tuple[Key, Any]]:
    """Return every object that may be ours, except the configs that keep our memory."""
    kinds: tuple[tuple[Kind, Mapping[str, Any]], ...] = (
        (Kind.SERVICE, snapshot.services),
        (Kind.NETWORK, snapshot.networks),
        (Kind.CONFIG, snapshot.configs),
        (Kind.SECRET, snapshot.secrets),
    )
    for kind, found in kinds:
        for name, each in found.items():
            if not labels.keeps_our_memory(each.spec):
                yield Key(kind, name), each


def look_alike(key: Key, spec: Mapping[str, Any], owner: str) -> Fault | None:
    """Return a warning about an object that has our owner label but isn't ours; None for any other object."""
    if labels.of(spec, labels.OWNER) != owner:
        return None
    if source := copied_from(key, spec):
        why = f"has the labels of {source}, so they were copied"
    else:
        why = f"has the label {labels.OWNER}={owner}, but its name doesn't fit its stack and is in no file"
    return Fault("engine", 0, 0, f"{key} {why}: it is left alone and never removed", _way_out(key))


def _is_bound(key: Key, spec: Mapping[str, Any], named: Collection[Key]) -> bool:
    if labels.of(spec, labels.OBJECT):
        return True
    stack, names = stack_of(spec), [key.name]
    if key.kind in {Kind.CONFIG, Kind.SECRET}:
        names += [labels.of(spec, labels.NAME), _HASH.sub("", key.name)]
    return any((stack and name.startswith(f"{stack}_")) or Key(key.kind, name) in named for name in names)


def _noted(key: Key) -> str:
    return f"{key.kind}/{key.name}"


def _way_out(key: Key) -> str:
    remove = f"`docker {key.kind} rm {key.name}` removes it"
    if key.kind is not Kind.SERVICE:
        return f"{remove}, if nobody needs it"
    unlabel = " ".join(f"--label-rm {label}" for label in (labels.OWNER, labels.OBJECT))
    return f"if it is needed, `docker service update {unlabel} {key.name}` ends this warning; if not, {remove}"
