"""Lowering of ``deploy``, and of other keys that decide how tasks are run."""

from __future__ import annotations

import re
from typing import Any

from reconciler.compose import schema
from reconciler.compose.lowering.stack import Source, kept
from reconciler.yaml.document import Path

_COUNT = re.compile(r"[0-9]{0,9}\Z")
"""Tries of a restart policy."""


def mode(service: schema.Service, path: Path, source: Source) -> dict[str, Any]:
    deploy = service.deploy
    replicas = _replicas(service, path, source)
    if deploy.mode.startswith("global"):
        if replicas is not None:
            where = ("scale",) if deploy.replicas is None else ("deploy", "replicas")
            source.found.fault(
                (*path, *where),
                f"a {deploy.mode} service has as many tasks as nodes, and takes no replicas",
                f"drop `{where[-1]}`, or say `mode: replicated`",
                key=True,
            )
        return {"Global": {}} if deploy.mode == "global" else {"GlobalJob": {}}
    if deploy.mode == "replicated-job":
        return {"ReplicatedJob": {} if replicas is None else {"MaxConcurrent": replicas, "TotalCompletions": replicas}}
    return {"Replicated": {} if replicas is None else {"Replicas": replicas}}


def _replicas(service: schema.Service, path: Path, source: Source) -> int | None:
    """Return ``deploy.replicas``, or ``scale``, which is another name for it."""
    given = service.deploy.replicas
    if service.scale is not None and given not in {None, service.scale}:
        message = f"scale is {service.scale}, and deploy.replicas {given}"
        source.found.fault((*path, "scale"), message, "keep one of the two", key=True)
    return service.scale if given is None else given


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
    return kept({"Ports": ports})


def restart_policy(service: schema.Service, path: Path, source: Source) -> dict[str, Any] | None:
    """Return the policy of ``restart``, which ``deploy.restart_policy`` replaces."""
    if service.deploy.restart_policy is None:
        return _restart(service, path, source)
    if service.restart:
        message = f"services.{path[-1]}.restart isn't honoured"
        source.found.warn((*path, "restart"), message, "deploy.restart_policy says how", key=True)
    return None


def _restart(service: schema.Service, path: Path, source: Source) -> dict[str, Any] | None:
    """Return the policy of ``restart``. It counts only if ``deploy.restart_policy`` is absent, as in docker/cli:
    there `no` has no effect, and only `on-failure` keeps its number of tries."""
    restart = service.restart
    name, _, count = restart.partition(":")
    if not restart:
        return None
    if name not in {"no", "always", "unless-stopped", "on-failure"} or not _COUNT.match(count):
        hint = 'one of "no", always, unless-stopped, on-failure or on-failure:3'
        source.found.fault((*path, "restart"), f"{restart!r} isn't a restart policy", hint)
        return None
    if name == "on-failure":
        return {"Condition": "on-failure", "MaxAttempts": int(count or 0)}
    where = f"services.{path[-1]}.restart"
    if name == "no":
        hint = "say deploy.restart_policy: {condition: none}; Swarm, and `docker stack`, take `no` for the default, any"
        ended = "fail" if service.deploy.mode.endswith("-job") else "end"
        source.found.warn((*path, "restart"), f"{where} isn't honoured: tasks that {ended} are started again", hint)
        return None
    if count:
        hint = f"say deploy.restart_policy: {{condition: any, max_attempts: {count}}}; `docker stack` leaves it out too"
        source.found.warn((*path, "restart"), f"the count of tries in {where} isn't honoured", hint)
    return {"Condition": "any"}


def resources(given: schema.Resources) -> dict[str, Any]:
    spec: dict[str, Any] = {}
    if given.limits:
        spec["Limits"] = {}
    if given.reservations:
        generic = [
            {
                "DiscreteResourceSpec": {
                    "Kind": item.discrete_resource_spec.kind,
                    "Value": item.discrete_resource_spec.value,
                }
            }
            for item in given.reservations.generic_resources
            if item.discrete_resource_spec
        ]
        spec["Reservations"] = kept({"GenericResources": generic})
    return spec


def placement(given: schema.Placement) -> dict[str, Any]:
    return kept(
        {"Preferences": [{"Spread": {"SpreadDescriptor": preference.spread}} for preference in given.preferences]}
    )
