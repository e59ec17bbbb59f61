"""Fields that are too intricate for a line of the table: mounts, ports, networks, files, and those of several keys.

This module says how their values are compared. Lowering and raising them is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler import labels
from reconciler.desired.images import familiar
from reconciler.records import dataclass
from reconciler.spec.codecs import Bag, Codec, Map, Omitted, Pairs, Struct, Table, Whole
from reconciler.spec.key import Since
from reconciler.spec.paths import Api
from reconciler.spec.service import CONTAINER, ENGINE_23, ENGINE_26, ENGINE_29, PLACEMENT, RESOURCES

CLUSTER, SUBPATH = ENGINE_23, ENGINE_26
"""The first engines with cluster volumes, and with sub-paths of volumes in mounts. Older ones refuse what has these."""
FILE_MODE = 0o444
"""Mode of a config or secret in the task, where its reference has none."""


@dataclass(frozen=True)
class Field:
    """What is compared as one: ``path`` as Compose writes it, ``api`` where the Engine API has it."""

    path: str
    api: Api
    codec: Codec
    restarts: bool = True
    """Whether a change makes new tasks (SwarmKit, ``orchestrator/task.go``: ``IsTaskDirty``)."""
    since: Since | None = None
    """The first engine that honours it; on older ones the service runs without it."""


def _stacks_own(label: str) -> bool:
    """The label that ``docker stack`` puts inside tasks: its absence in a service made by hand is no drift."""
    return label == labels.STACK


_VOLUME_OPTIONS = Struct({"Labels": ("labels", Map(hidden=_stacks_own))})
_MOUNT = Struct(
    {
        "Type": ("type", Whole(default="bind")),
        "Source": ("source", Whole()),
        "Target": ("", Whole()),
        "ReadOnly": ("read_only", Omitted()),
        "Consistency": ("", Whole()),  # Swarm doesn't keep it
        "VolumeOptions": ("volume", _VOLUME_OPTIONS),
    }
)
_NETWORK = Struct({"Target": ("", Whole()), "Aliases": ("aliases", Bag()), "DriverOpts": ("driver_opts", Map())})
_PORT = Struct(
    {
        "Protocol": ("", Whole()),
        "TargetPort": ("", Whole()),
        "PublishedPort": ("", Whole()),
        "PublishMode": ("mode", Whole(default="ingress")),
        "Name": ("", Whole()),
    }
)
_FILE = Struct(
    {
        "Name": ("", Whole()),
        "UID": ("uid", Whole(default="0")),
        "GID": ("gid", Whole(default="0")),
        "Mode": ("mode", Whole(default=FILE_MODE, convert=lambda mode: f"{mode:04o}")),
    }
)


def _reference(kind: str) -> Table:
    """Return the codec of ``ConfigReference`` or ``SecretReference`` objects, told apart by their files in the task."""

    def file_of(entry: Mapping[str, Any]) -> str:
        return str((entry.get("File") or {}).get("Name") or entry.get(f"{kind}Name"))

    members: dict[str, tuple[str, Codec]] = {
        f"{kind}Name": ("source", Whole()),
        f"{kind}ID": ("", Whole()),
        "File": ("file", _FILE),
    }
    return Table(file_of, Struct(members))


def port_key(port: Mapping[str, Any]) -> str:
    """Return what tells a port of a service from its others: ``8080:80/tcp``."""
    published = f"{port['PublishedPort']}:" if port.get("PublishedPort") else ""
    return f"{published}{port.get('TargetPort') or 0}/{port.get('Protocol') or 'tcp'}"


def _by(member: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda entry: str(entry.get(member))


def _at(path: str, *members: str) -> Api:
    return (*path.split("."), *members)


BESIDE: tuple[Field, ...] = (
    Field("image", _at(CONTAINER, "Image"), Whole(convert=familiar)),
    Field("environment", _at(CONTAINER, "Env"), Pairs()),
    Field("labels", _at(CONTAINER, "Labels"), Map(hidden=_stacks_own)),
    Field("volumes", _at(CONTAINER, "Mounts"), Table(_by("Target"), _MOUNT)),
    Field("configs", _at(CONTAINER, "Configs"), _reference("Config")),
    Field("secrets", _at(CONTAINER, "Secrets"), _reference("Secret")),
    Field("networks", ("TaskTemplate", "Networks"), Table(_by("Target"), _NETWORK)),
    Field("memswap_limit", _at(RESOURCES, "SwapBytes"), Whole(), since=ENGINE_29),
    Field("deploy.placement.preferences", _at(PLACEMENT, "Preferences"), Whole(), restarts=False),
    Field("deploy.labels", ("Labels",), Map(hidden=lambda key: key.startswith(labels.OURS)), restarts=False),
    Field("deploy.replicas", ("Mode", "Replicated", "Replicas"), Whole(), restarts=False),
    Field("deploy.max_concurrent", ("Mode", "ReplicatedJob", "MaxConcurrent"), Omitted()),
    Field("deploy.total_completions", ("Mode", "ReplicatedJob", "TotalCompletions"), Omitted()),
    Field("ports", ("EndpointSpec", "Ports"), Table(port_key, _PORT)),
)

IGNORED: tuple[Api, ...] = (
    ("Name",),
    ("Networks",),
    ("Mode",),
    ("TaskTemplate", "Runtime"),
    ("TaskTemplate", "ForceUpdate"),
    ("TaskTemplate", "Placement", "Platforms"),
)
"""Not state of its own: the name, the deprecated place of networks, the mode (compared apart), what the engine or
the client fills in, and the counter that belongs to whoever wants tasks restarted."""
