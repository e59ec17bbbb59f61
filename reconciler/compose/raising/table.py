"""Raises the plain keys of the table (``reconciler.spec``): each key whose value differs in meaning from its
absence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.desired.model import Spec
from reconciler.spec.key import Key
from reconciler.spec.network import NETWORK
from reconciler.spec.paths import get, put
from reconciler.spec.service import SERVICE


def service_keys(spec: Spec) -> dict[str, Any]:
    """Return a service's plain keys, as a file writes them."""
    return _keys(SERVICE, spec)


def network_keys(spec: Spec) -> dict[str, Any]:
    """Return a network's plain keys, as a file writes them."""
    return _keys(NETWORK, spec)


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return both merged, mappings included."""
    found = {**one, **other}
    for name in one.keys() & other.keys():
        if isinstance(one[name], Mapping) and isinstance(other[name], Mapping):
            found[name] = merged(one[name], other[name])
    return found


def _keys(table: tuple[Key, ...], spec: Spec) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in table:
        if len(key.api) > 1 and not get(spec, key.api[:-1]):
            continue  # a missing object has other defaults than an empty one
        value = get(spec, key.api)
        value = key.default if value is None else value
        if key.codec.canonical(value) != key.codec.canonical(key.in_file):
            put(found, tuple(key.path.split(".")), key.form.raised(value))
    return found
