"""What of an Engine API object counts, in a form of the tests' own: what the engine fills in is left out, ties of
order are sorted. Written apart from ``reconciler.plan.canonical``, so that the two can't be wrong together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

FILLED_IN: dict[str, tuple[Any, ...]] = {
    "Runtime": ("container",),
    "Condition": ("any",),
    "Isolation": ("default",),
    "MaxAttempts": (0,),
    "FailureAction": ("pause",),
    "Order": ("stop-first",),
    "Protocol": ("tcp",),
    "PublishMode": ("ingress",),
    "Mode": ("vip",),
    "Replicas": (1,),
    "ForceUpdate": (0,),
    "MaxConcurrent": (1,),
    "TotalCompletions": (1,),
    "CheckDuplicate": (True,),
    "Scope": ("swarm",),
}
NOT_KEPT = {"Consistency"}
"""What Swarm doesn't keep of what it was sent."""
UNORDERED = {"Ports", "Ulimits", "Networks", "Configs", "Secrets"}
NETWORK_MEMBERS = ("Driver", "Options", "Internal", "Attachable", "Labels", "EnableIPv6")


def significant(kind: str, spec: Mapping[str, Any]) -> Any:
    if kind == "network":
        return _network(spec)
    if kind in {"config", "secret"}:
        return _kept({key: spec.get(key) for key in ("Name", "Labels", "Templating", "Driver")})
    return _kept(spec)


def _network(spec: Mapping[str, Any]) -> Any:
    own = {key: spec.get(key) for key in NETWORK_MEMBERS}
    options = own["Options"] or {}
    own["Options"] = {key: text for key, text in options.items() if not key.endswith("vxlanid_list")}
    return _kept(own)


def _kept(value: Any, member: str = "") -> Any:
    if isinstance(value, Mapping):
        kept = {key: _kept(item, key) for key, item in value.items() if not key.endswith("ID") and key not in NOT_KEPT}
        return {key: item for key, item in kept.items() if item not in (None, "", [], {}, False, 0)}
    if isinstance(value, list):
        items = [_kept(item) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if member in UNORDERED else items
    return None if value in FILLED_IN.get(member, ()) else value
