"""Raising of ``deploy``, except its plain keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.compose.raising.values import kept, labels_of
from reconciler.desired.model import Spec


def deploy(spec: Spec, task: Mapping[str, Any]) -> dict[str, Any]:
    placement, resources = task.get("Placement") or {}, task.get("Resources") or {}
    preferences = [
        {"spread": each["Spread"]["SpreadDescriptor"]}
        for each in placement.get("Preferences") or []
        if each.get("Spread")
    ]
    generic = _generic((resources.get("Reservations") or {}).get("GenericResources") or [])
    found = {
        **_mode(spec.get("Mode") or {}),
        "labels": labels_of(spec),
        "placement": kept({"preferences": preferences}),
        "resources": kept({"reservations": kept({"generic_resources": generic})}),
    }
    raised = kept(found)
    if "replicas" in found:
        raised["replicas"] = found["replicas"]
    return raised


def _mode(mode: Mapping[str, Any]) -> dict[str, Any]:
    if "Global" in mode:
        return {"mode": "global"}
    if "GlobalJob" in mode:
        return {"mode": "global-job"}
    if "ReplicatedJob" in mode:
        return {"mode": "replicated-job", "replicas": (mode["ReplicatedJob"] or {}).get("TotalCompletions", 1)}
    replicas = (mode.get("Replicated") or {}).get("Replicas", 1)
    return {} if replicas == 1 else {"replicas": replicas}


def _generic(resources: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "discrete_resource_spec": {
                "kind": each["DiscreteResourceSpec"]["Kind"],
                "value": each["DiscreteResourceSpec"]["Value"],
            }
        }
        for each in resources
        if each.get("DiscreteResourceSpec")
    ]
