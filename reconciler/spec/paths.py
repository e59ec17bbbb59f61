"""Reach into a spec by API path."""

from __future__ import annotations

from typing import Any

from reconciler.desired.model import Spec

Api = tuple[str, ...]
"""Where the Engine API has a value: the names of the members that lead there."""


def get(spec: Spec, api: Api) -> Any:
    """Return the value at ``api``, or None if it or anything above it is missing."""
    value: Any = spec
    for member in api:
        value = value.get(member) if isinstance(value, dict) else None
    return value


def put(spec: Spec, api: Api, value: Any) -> None:
    """Set the value at ``api``, with the objects above it. None removes it."""
    *parents, last = api
    for member in parents:
        if spec.get(member) is None:
            spec[member] = {}
        spec = spec[member]
    if value is None:
        spec.pop(last, None)
    else:
        spec[last] = value


def mode(spec: Spec) -> str:
    """Return the service's mode in Compose's words. SwarmKit takes replicated where there is none."""
    names = {
        "Global": "global",
        "ReplicatedJob": "replicated-job",
        "GlobalJob": "global-job",
    }
    return next((name for member, name in names.items() if member in (spec.get("Mode") or {})), "replicated")
