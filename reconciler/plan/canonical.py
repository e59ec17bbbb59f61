"""Canonical form of a ServiceSpec, the difference of two, and the write that turns one into the other."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.desired import images
from reconciler.desired.model import Spec
from reconciler.plan.model import Change
from reconciler.spec.beside import IGNORED, Field
from reconciler.spec.codecs import pruned
from reconciler.spec.fields import FIELDS
from reconciler.spec.paths import Api, get, mode, put

_BY_API: Mapping[Api, Field] = {field.api: field for field in FIELDS}
_HOLDERS = frozenset(field.api[:length] for field in FIELDS for length in range(1, len(field.api)))
_IGNORED = frozenset(IGNORED)
_NOTHING: tuple[Any, ...] = (None, {}, [])
_ABSENT: Mapping[str, Any] = {
    field.path: absent for field in FIELDS if (absent := field.codec.canonical(None)) not in _NOTHING
}
"""Canonical form of an empty spec."""


def canonical(spec: Spec) -> dict[str, Any]:
    """Return every field by its Compose path, with defaults filled in. What no field names is returned by its API path.

    Two specs with equal canonical forms make the same tasks.
    """
    spec = _with_networks_in_place(spec)
    form = dict(_ABSENT)
    for api, value in _leaves(spec, ()):
        field = _BY_API.get(api)
        if field:
            form[field.path] = field.codec.canonical(value)
        else:
            form[".".join(api)] = pruned(value)
    form["deploy.mode"] = mode(spec)
    if form["deploy.mode"] == "replicated" and form.get("deploy.replicas") is None:
        form["deploy.replicas"] = 1
    if form["deploy.mode"] == "replicated-job":
        concurrent = form["deploy.max_concurrent"] = form.get("deploy.max_concurrent") or 1
        form["deploy.total_completions"] = form.get("deploy.total_completions") or concurrent
    return {path: value for path, value in form.items() if value not in _NOTHING}


def fingerprint(spec: Spec) -> str:
    """Return a hash that tells desired specs apart and is short enough for a label."""
    form = json.dumps(canonical(spec), sort_keys=True)
    return hashlib.sha256(form.encode()).hexdigest()[:16]


def differences(desired: Spec, observed: Spec, ignore: Iterable[str] = ()) -> tuple[Change, ...]:
    """Return what ``observed`` would have to change to mean the same as ``desired``, in the order of paths.

    ``ignore`` names fields (``deploy.replicas``), whole parts (``deploy``) or single entries (``environment.TOKEN``).
    """
    want, have = canonical(desired), canonical(observed)
    if "image" in want and "image" in have and images.same(want["image"], have["image"]):
        have["image"] = want["image"]
    found: list[Change] = []
    for path in sorted(want.keys() | have.keys()):
        found += _compare(path, want.get(path), have.get(path))
    ignored = tuple(ignore)
    return tuple(change for change in found if not _covered(change.path, ignored))


def restarts(changes: Iterable[Change]) -> bool:
    """Say whether any of ``changes`` makes new tasks."""
    quiet = tuple(field.path for field in FIELDS if not field.restarts)
    return any(not _covered(change.path, quiet) for change in changes)


def merged(desired: Spec, observed: Spec, ignore: Iterable[str] = ()) -> Spec:
    """Return the spec to write: ``observed``, with ``desired`` in every field that differs and isn't ignored.

    Fields that mean the same stay exactly as they are (order of ``Env`` and ``Ports``, digest, ``ForceUpdate``,
    defaults left out or filled in), because SwarmKit compares task specs literally and restarts tasks on any
    difference.
    """
    ignored = tuple(ignore)
    result = _with_networks_in_place(copy.deepcopy(observed))
    source = _with_networks_in_place(desired)
    changed = {change.path for change in differences(source, result, ignored)}
    for field in FIELDS:
        if any(_within(path, field.path) for path in changed):
            put(result, field.api, _value_to_write(field, source, observed, ignored))
    for api in {*_unnamed(source), *_unnamed(result)}:
        if any(_within(path, ".".join(api)) for path in changed):
            put(result, api, copy.deepcopy(get(source, api)))
    result["Name"] = desired["Name"]
    return result


def remade(desired: Spec, observed: Spec, ignore: Iterable[str]) -> Spec:
    """Return the spec of a service that is made again: ``desired``, with ignored fields as in ``observed``. Fields
    of one mode aren't copied into another mode."""
    ignored = tuple(ignore)
    result, source = copy.deepcopy(desired), _with_networks_in_place(observed)
    for field in FIELDS:
        if field.api[0] == "Mode":
            continue
        if _covered(field.path, ignored):
            put(result, field.api, copy.deepcopy(get(source, field.api)))
        elif any(_within(path, field.path) for path in ignored):
            put(result, field.api, _value_to_write(field, desired, source, ignored))
    return result


def _value_to_write(field: Field, desired: Spec, observed: Spec, ignored: tuple[str, ...]) -> Any:
    theirs = get(observed, field.api)
    value = copy.deepcopy(get(desired, field.api))
    for path in ignored:
        if path.startswith(field.path + "."):
            value = field.codec.carry(value, theirs, path.removeprefix(field.path + "."))
    return field.codec.arrange(value, theirs)


def _compare(path: str, want: Any, have: Any) -> list[Change]:
    if want == have:
        return []
    if isinstance(want, dict) and isinstance(have, dict):
        return [
            change
            for key in sorted(want.keys() | have.keys())
            for change in _compare_entry(f"{path}.{key}", key, want, have)
        ]
    if want is None and isinstance(have, dict):
        return [Change(f"{path}.{key}", item, None) for key, item in sorted(have.items())]
    if have is None and isinstance(want, dict):
        return [Change(f"{path}.{key}", None, item) for key, item in sorted(want.items())]
    return [Change(path, have, want)]


def _compare_entry(path: str, key: str, want: dict[str, Any], have: dict[str, Any]) -> list[Change]:
    if key in want and key in have:
        return _compare(path, want[key], have[key])
    return [Change(path, have.get(key), want.get(key))]


def _leaves(value: Mapping[str, Any], api: Api) -> Iterator[tuple[Api, Any]]:
    """Return what is set in ``value``, which is at ``api``: the value of each field, and every value that no field
    names."""
    for member, item in value.items():
        path = (*api, member)
        if path in _BY_API:
            yield path, item
        elif path in _HOLDERS and isinstance(item, dict):
            yield from _leaves(item, path)
        elif path not in _IGNORED and pruned({"": item}):
            yield path, item


def _unnamed(spec: Spec) -> list[Api]:
    """Return the API paths of what is set in ``spec`` and covered by no field."""
    return [api for api, _ in _leaves(spec, ()) if api not in _BY_API]


def _with_networks_in_place(spec: Spec) -> Spec:
    """Move networks to the task template: specs made before API 1.25 have them beside it."""
    if spec.get("Networks") and not get(spec, ("TaskTemplate", "Networks")):
        task = {**(spec.get("TaskTemplate") or {}), "Networks": spec["Networks"]}
        return {**{key: value for key, value in spec.items() if key != "Networks"}, "TaskTemplate": task}
    return spec


def _within(path: str, field: str) -> bool:
    return path == field or path.startswith(field + ".")


def _covered(path: str, parts: tuple[str, ...]) -> bool:
    return any(_within(path, part) for part in parts)
