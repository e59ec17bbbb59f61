"""The ``deploy`` part of a service, and what else decides how tasks are run rather than what they are."""

from __future__ import annotations

from typing import Any

from reconciler.compose import schema
from reconciler.compose.document import Path
from reconciler.compose.lowering.stack import Source, kept


def mode(service: schema.Service, path: Path, source: Source) -> dict[str, Any]:
    deploy = service.deploy
    if deploy.mode.startswith("global"):
        if deploy.replicas is not None:
            source.found.fault(
                (*path, "deploy", "replicas"),
                f"a {deploy.mode} service has as many tasks as nodes, and takes no replicas",
                "drop `replicas`, or say `mode: replicated`",
                key=True,
            )
        return {"Global": {}} if deploy.mode == "global" else {"GlobalJob": {}}
    if deploy.mode == "replicated-job":
        count = (
            {} if deploy.replicas is None else {"MaxConcurrent": deploy.replicas, "TotalCompletions": deploy.replicas}
        )
        return {"ReplicatedJob": count}
    return {"Replicated": {} if deploy.replicas is None else {"Replicas": deploy.replicas}}


def endpoint(service: schema.Service) -> dict[str, Any]:
    ports = [
        {
            "Protocol": port.protocol,
            "TargetPort": port.target,
            **({"PublishedPort": port.published} if port.published else {}),
            "PublishMode": port.mode,
        }
        for ports in service.ports
        for port in ports
    ]
    ports.sort(key=lambda port: port.get("PublishedPort", 0))
    return kept({"Mode": service.deploy.endpoint_mode, "Ports": ports})


def restart_policy(service: schema.Service, path: Path, source: Source) -> dict[str, Any] | None:
    given = service.deploy.restart_policy
    if given is None:
        return _restart(service.restart, path, source)
    if service.restart:
        source.found.warn((*path, "restart"), "restart isn't honoured", "deploy.restart_policy says how", key=True)
    spec = {
        "Condition": given.condition,
        "Delay": given.delay,
        "MaxAttempts": given.max_attempts,
        "Window": given.window,
    }
    return {key: value for key, value in spec.items() if value is not None}


def _restart(restart: str, path: Path, source: Source) -> dict[str, Any] | None:
    """``restart`` counts where ``deploy.restart_policy`` is absent, as in docker/cli."""
    name, _, count = restart.partition(":")
    if name in {"", "no"}:
        return None
    if name in {"always", "unless-stopped"} and not count:
        return {"Condition": "any"}
    if name == "on-failure" and (not count or count.isdigit()):
        return {"Condition": "on-failure", "MaxAttempts": int(count or 0)}
    hint = "one of no, always, unless-stopped, on-failure or on-failure:N"
    source.found.fault((*path, "restart"), f"{restart!r} isn't a restart policy", hint)
    return None


def resources(given: schema.Resources) -> dict[str, Any]:
    spec: dict[str, Any] = {}
    if given.limits:
        limits = given.limits
        spec["Limits"] = kept({"NanoCPUs": limits.cpus, "MemoryBytes": limits.memory, "Pids": limits.pids})
    if given.reservations:
        reserved = given.reservations
        generic = [
            {
                "DiscreteResourceSpec": {
                    "Kind": item.discrete_resource_spec.kind,
                    "Value": item.discrete_resource_spec.value,
                }
            }
            for item in reserved.generic_resources
            if item.discrete_resource_spec
        ]
        spec["Reservations"] = kept(
            {"NanoCPUs": reserved.cpus, "MemoryBytes": reserved.memory, "GenericResources": generic}
        )
    return spec


def placement(given: schema.Placement) -> dict[str, Any]:
    spreads = [{"Spread": {"SpreadDescriptor": preference.spread}} for preference in given.preferences]
    return kept(
        {"Constraints": list(given.constraints), "Preferences": spreads, "MaxReplicas": given.max_replicas_per_node}
    )
