"""The ``deploy`` part of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.compose.raising.values import kept, labels_of, seconds
from reconciler.compose.scalars import number
from reconciler.desired.model import SECOND, Spec

_ROLLOUT = (
    ("failure_action", "FailureAction", "pause"),
    ("max_failure_ratio", "MaxFailureRatio", 0),
    ("order", "Order", "stop-first"),
)
"""By key: the member of an ``UpdateConfig``, and its default."""


def deploy(spec: Spec, task: Mapping[str, Any]) -> dict[str, Any]:
    placement, resources = task.get("Placement") or {}, task.get("Resources") or {}
    preferences = [
        {"spread": each["Spread"]["SpreadDescriptor"]}
        for each in placement.get("Preferences") or []
        if each.get("Spread")
    ]
    mode = (spec.get("EndpointSpec") or {}).get("Mode")
    found = {
        **_mode(spec.get("Mode") or {}),
        "labels": labels_of(spec),
        "endpoint_mode": "" if mode == "vip" else mode,
        "placement": kept(
            {
                "constraints": placement.get("Constraints"),
                "preferences": preferences,
                "max_replicas_per_node": placement.get("MaxReplicas"),
            }
        ),
        "resources": kept(
            {
                "limits": _amounts(resources.get("Limits") or {}),
                "reservations": _amounts(resources.get("Reservations") or {}),
            }
        ),
        "restart_policy": _restart(task.get("RestartPolicy") or {}),
    }
    raised = kept(found)
    if "replicas" in found:
        raised["replicas"] = found["replicas"]
    for name, member in (("update_config", "UpdateConfig"), ("rollback_config", "RollbackConfig")):
        if spec.get(member):
            raised |= kept({name: _rollout(spec[member])})
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


def _amounts(given: Mapping[str, Any]) -> dict[str, Any]:
    generic = [
        {
            "discrete_resource_spec": {
                "kind": each["DiscreteResourceSpec"]["Kind"],
                "value": each["DiscreteResourceSpec"]["Value"],
            }
        }
        for each in given.get("GenericResources") or []
        if each.get("DiscreteResourceSpec")
    ]
    cpus = number(given["NanoCPUs"] / SECOND) if given.get("NanoCPUs") else ""
    memory = str(given["MemoryBytes"]) if given.get("MemoryBytes") else ""
    return kept({"cpus": cpus, "memory": memory, "pids": given.get("Pids"), "generic_resources": generic})


def _restart(policy: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "condition": "" if policy.get("Condition", "any") == "any" else policy["Condition"],
        "delay": "" if policy.get("Delay", 5 * SECOND) == 5 * SECOND else seconds(policy["Delay"]),
        "max_attempts": policy.get("MaxAttempts"),
        "window": seconds(policy["Window"]) if policy.get("Window") else "",
    }
    return kept(found)


def _rollout(given: Mapping[str, Any]) -> dict[str, Any]:
    defaults = ((name, given.get(member, default), default) for name, member, default in _ROLLOUT)
    found = {name: value for name, value, default in defaults if value != default}
    found["parallelism"] = given.get("Parallelism", 0)
    if found["parallelism"] == 1:
        del found["parallelism"]
    if given.get("Delay"):
        found["delay"] = seconds(given["Delay"])
    if given.get("Monitor") and given["Monitor"] != 5 * SECOND:
        found["monitor"] = seconds(given["Monitor"])
    return found
