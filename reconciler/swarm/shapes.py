"""The shape that an object of the Engine API must have for us to read it: the types of the members that we use.

An engine keeps to them; something in its place, or in between, may not. A member may always be absent or null.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from reconciler.spec import forms
from reconciler.spec.forms import Written
from reconciler.spec.paths import put
from reconciler.spec.service import SERVICE as TABLE

Shape = Any
"""A type, ``COUNT``, a list of one shape, or a mapping by member; ``EACH`` stands for every member of a mapping."""
EACH = "*"
COUNT = "count"
TEXTS: Shape = {EACH: str}
MOST = 1 << 64

_SHAPES: Mapping[Written, Shape] = {
    Written.TEXT: str,
    Written.TEXTS: [str],
    Written.LIST: [str],
    Written.COMMAND: [str],
    Written.TEST: [str],
    Written.HOSTS: [str],
    Written.CHOICE: str,
    Written.WHOLE: int,
    Written.DURATION: int,
    Written.SIZE: int,
    Written.CPUS: int,
    Written.MAPPING: TEXTS,
    Written.ULIMITS: [{"Name": str}],
}
"""The type that the API has for each form in the table. Nothing is read of other types."""
_ATTACHMENTS: Shape = [{"Target": str, "Aliases": [str], "DriverOpts": TEXTS}]
_BESIDE: Shape = {
    "Name": str,
    "Labels": TEXTS,
    "TaskTemplate": {
        "ContainerSpec": {
            "Image": str,
            "Env": [str],
            "Labels": TEXTS,
            "Mounts": [{"Type": str, "Source": str, "Target": str, "VolumeOptions": {"Labels": TEXTS}}],
            "Configs": [{"ConfigName": str, "ConfigID": str, "File": {"Name": str}}],
            "Secrets": [{"SecretName": str, "SecretID": str, "File": {"Name": str}}],
            "Privileges": {"CredentialSpec": {"Config": str}},
        },
        "Networks": _ATTACHMENTS,
        "ForceUpdate": COUNT,
    },
    "Mode": {
        "Replicated": {"Replicas": COUNT},
        "Global": {},
        "ReplicatedJob": {"MaxConcurrent": COUNT, "TotalCompletions": COUNT},
        "GlobalJob": {},
    },
    "Networks": _ATTACHMENTS,
    "EndpointSpec": {"Ports": [{"PublishedPort": COUNT, "TargetPort": COUNT, "Protocol": str, "PublishMode": str}]},
}


def _service() -> Shape:
    found: Shape = deepcopy(_BESIDE)
    for key in TABLE:
        put(found, key.api, COUNT if key.form is forms.COUNT else _SHAPES.get(key.form.written))
    return found


SERVICE: Shape = _service()
TASK: Shape = SERVICE["TaskTemplate"]
CONTENT: Shape = {"Name": str, "Labels": TEXTS, "Data": str}
"""A config or a secret."""
NETWORK: Shape = {"Id": str, "Name": str, "Scope": str, "Labels": TEXTS, "Options": TEXTS, "IPAM": {"Config": [{}]}}
VOLUME: Shape = {"Name": str, "Labels": TEXTS}


class Misshapen(ValueError):
    """Why an object doesn't have the shape that it should."""


def check(value: Any, shape: Shape, path: str = "") -> None:
    """Raise ``Misshapen``, in words that complete "it ...", if the value doesn't have the shape."""
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
