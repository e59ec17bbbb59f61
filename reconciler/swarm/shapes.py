"""What an object of the Engine API has to look like for us to read it: the types of the members that we use.

An engine keeps to them; what stands in its place, or in between, may not. What is absent or null is fine everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Any
"""A type, ``COUNT``, a list of one shape, or a mapping by member; ``EACH`` stands for every member of a mapping."""
EACH = "*"
COUNT = "count"
TEXTS: Shape = {EACH: str}
MOST = 1 << 64

NETWORKS: Shape = [{"Target": str, "Aliases": [str], "DriverOpts": TEXTS}]
ROLLOUT: Shape = {"Parallelism": COUNT, "Delay": int, "Monitor": int, "FailureAction": str, "Order": str}
RESOURCES: Shape = {"NanoCPUs": int, "MemoryBytes": int, "Pids": int}
TASK: Shape = {
    "ContainerSpec": {
        "Image": str,
        "Command": [str],
        "Args": [str],
        "Env": [str],
        "Labels": TEXTS,
        "Groups": [str],
        "Hosts": [str],
        "CapabilityAdd": [str],
        "CapabilityDrop": [str],
        "Sysctls": TEXTS,
        "Ulimits": [{"Name": str}],
        "Mounts": [{"Type": str, "Source": str, "Target": str, "VolumeOptions": {"Labels": TEXTS}}],
        "Configs": [{"ConfigName": str, "ConfigID": str, "File": {"Name": str}}],
        "Secrets": [{"SecretName": str, "SecretID": str, "File": {"Name": str}}],
        "Healthcheck": {"Test": [str], "Interval": int, "Timeout": int, "Retries": int, "StartPeriod": int},
        "DNSConfig": {"Nameservers": [str], "Search": [str], "Options": [str]},
        "Privileges": {"CredentialSpec": {"Config": str}},
    },
    "Networks": NETWORKS,
    "Resources": {"Limits": RESOURCES, "Reservations": RESOURCES},
    "RestartPolicy": {"Condition": str, "Delay": int, "MaxAttempts": COUNT, "Window": int},
    "Placement": {"Constraints": [str], "MaxReplicas": COUNT},
    "LogDriver": {"Name": str, "Options": TEXTS},
    "ForceUpdate": COUNT,
}
SERVICE: Shape = {
    "Name": str,
    "Labels": TEXTS,
    "TaskTemplate": TASK,
    "Mode": {
        "Replicated": {"Replicas": COUNT},
        "Global": {},
        "ReplicatedJob": {"MaxConcurrent": COUNT, "TotalCompletions": COUNT},
        "GlobalJob": {},
    },
    "UpdateConfig": ROLLOUT,
    "RollbackConfig": ROLLOUT,
    "Networks": NETWORKS,
    "EndpointSpec": {
        "Mode": str,
        "Ports": [{"PublishedPort": COUNT, "TargetPort": COUNT, "Protocol": str, "PublishMode": str}],
    },
}
CONTENT: Shape = {"Name": str, "Labels": TEXTS, "Data": str}
"""A config or a secret."""
NETWORK: Shape = {"Id": str, "Name": str, "Scope": str, "Labels": TEXTS, "Options": TEXTS, "IPAM": {"Config": [{}]}}
VOLUME: Shape = {"Name": str, "Labels": TEXTS}


class Misshapen(ValueError):
    """Why an object isn't of the shape that it should have."""


def check(value: Any, shape: Shape, path: str = "") -> None:
    """Raise ``Misshapen``, in words that complete "it ...", where the value isn't of the shape."""
    if value is None:
        return
    if isinstance(shape, dict):
        _check_members(value, shape, path)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise Misshapen(f"has no list as {path}")
        for each in value:
            check(each, shape[0], path)
    elif shape is COUNT:
        if type(value) is not int or not 0 <= value < MOST:
            raise Misshapen(f"has no count as {path}")
    elif type(value) is not shape:
        raise Misshapen(f"has no {'text' if shape is str else 'number'} as {path}")


def _check_members(value: Any, shape: Mapping[str, Shape], path: str) -> None:
    if not isinstance(value, dict):
        raise Misshapen(f"has no object as {path or 'its spec'}")
    every = shape.get(EACH)
    for name, each in value.items():
        if every is not None or name in shape:
            check(each, every if every is not None else shape[name], f"{path}.{name}" if path else str(name)[:100])
