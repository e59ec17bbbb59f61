"""The fields of a ServiceSpec: where the Engine API has them, what Compose calls them, what the engine defaults are.

Defaults are SwarmKit's (``api/defaults/service.go``, ``manager/orchestrator``) as read back from engines 20.10 and
28.5. A member that no field here names is still compared, under its API name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler import labels
from reconciler.desired.images import familiar
from reconciler.desired.model import SECOND
from reconciler.plan.codecs import Bag, Codec, Flag, Map, Pairs, Struct, Table, Whole
from reconciler.records import dataclass


def seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / SECOND:.10g}s"


def cpus(nano: int) -> str:
    return f"{nano / SECOND:.10g}"


def constraint(text: str) -> str:
    """``node.role==manager`` and ``node.role == manager`` mean the same to SwarmKit's parser."""
    for operator in ("==", "!="):
        left, found, right = text.partition(operator)
        if found:
            return f"{left.strip()} {operator} {right.strip()}"
    return text.strip()


def stacks_own(label: str) -> bool:
    """The label that ``docker stack`` puts inside tasks: its absence in a service made by hand is no drift."""
    return label == labels.STACK


def duration(default: str | None = None) -> Codec:
    """A time in nanoseconds, shown as Compose writes it; zero is the default, which is None for "none"."""

    def canonical(value: int) -> str | None:
        return seconds(value) if value else default

    return Whole(default=0 if default else None, convert=canonical)


def rollout(value: Mapping[str, Any] | None) -> bool:
    return bool(value)


ROLLOUT = Struct(
    {
        "Parallelism": ("parallelism", Whole(default=0)),
        "Delay": ("delay", duration()),
        "FailureAction": ("failure_action", Whole(default="pause")),
        "Monitor": ("monitor", duration("5s")),
        "MaxFailureRatio": ("max_failure_ratio", Flag()),
        "Order": ("order", Whole(default="stop-first")),
    },
    absent={"Parallelism": 1},
)
RESTART = Struct(
    {
        "Condition": ("condition", Whole(default="any")),
        "Delay": ("delay", Whole(default=5 * SECOND, convert=seconds)),
        "MaxAttempts": ("max_attempts", Flag()),
        "Window": ("window", duration()),
    }
)
RESOURCES = Struct(
    {
        "NanoCPUs": ("cpus", Flag(convert=cpus)),
        "MemoryBytes": ("memory", Flag()),
        "Pids": ("pids", Flag()),
    }
)
HEALTH = Struct(
    {
        "Test": ("test", Whole()),
        "Interval": ("interval", duration()),
        "Timeout": ("timeout", duration()),
        "StartPeriod": ("start_period", duration()),
        "StartInterval": ("start_interval", duration()),
        "Retries": ("retries", Flag()),
    }
)
DNS = Struct(
    {"Nameservers": ("servers", Whole()), "Search": ("search", Whole()), "Options": ("options", Whole())},
)
LOGGING = Struct({"Name": ("driver", Whole()), "Options": ("options", Map())})
VOLUME_OPTIONS = Struct({"Labels": ("labels", Map(hidden=stacks_own))})
MOUNT = Struct(
    {
        "Type": ("type", Whole(default="bind")),
        "Source": ("source", Whole()),
        "Target": ("", Whole()),
        "ReadOnly": ("read_only", Flag()),
        "Consistency": ("", Whole()),  # Swarm doesn't keep it
        "VolumeOptions": ("volume", VOLUME_OPTIONS),
    }
)
NETWORK = Struct({"Target": ("", Whole()), "Aliases": ("aliases", Bag()), "DriverOpts": ("driver_opts", Map())})
PORT = Struct(
    {
        "Protocol": ("", Whole()),
        "TargetPort": ("", Whole()),
        "PublishedPort": ("", Whole()),
        "PublishMode": ("mode", Whole(default="ingress")),
        "Name": ("", Whole()),
    }
)
ULIMIT = Struct({"Name": ("", Whole()), "Hard": ("hard", Whole(default=0)), "Soft": ("soft", Whole(default=0))})
FILE = Struct(
    {
        "Name": ("", Whole()),
        "UID": ("uid", Whole(default="0")),
        "GID": ("gid", Whole(default="0")),
        "Mode": ("mode", Whole(default=0o444, convert=lambda mode: f"{mode:04o}")),
    }
)


def reference(kind: str) -> Table:
    """A list of ``ConfigReference`` or ``SecretReference``: told apart by the file that they become in the task."""

    def key(entry: Mapping[str, Any]) -> str:
        return str((entry.get("File") or {}).get("Name") or entry.get(f"{kind}Name"))

    members: dict[str, tuple[str, Codec]] = {
        f"{kind}Name": ("source", Whole()),
        f"{kind}ID": ("", Whole()),
        "File": ("file", FILE),
    }
    return Table(key, Struct(members))


def port_key(port: Mapping[str, Any]) -> str:
    published = f"{port['PublishedPort']}:" if port.get("PublishedPort") else ""
    return f"{published}{port.get('TargetPort') or 0}/{port.get('Protocol') or 'tcp'}"


@dataclass(frozen=True)
class Field:
    """One field: ``path`` as Compose writes it, ``api`` where the Engine API has it."""

    path: str
    api: tuple[str, ...]
    codec: Codec
    restarts: bool = True
    """Whether a change makes new tasks (SwarmKit, ``orchestrator/task.go``: ``IsTaskDirty``)."""


def _container(path: str, member: str, codec: Codec) -> Field:
    return Field(path, ("TaskTemplate", "ContainerSpec", member), codec)


def _by(member: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda entry: str(entry.get(member))


FIELDS: tuple[Field, ...] = (
    _container("image", "Image", Whole(convert=familiar)),
    _container("entrypoint", "Command", Whole()),
    _container("command", "Args", Whole()),
    _container("environment", "Env", Pairs()),
    _container("labels", "Labels", Map(hidden=stacks_own)),
    _container("hostname", "Hostname", Whole()),
    _container("working_dir", "Dir", Whole()),
    _container("user", "User", Whole()),
    _container("group_add", "Groups", Whole()),
    _container("stop_signal", "StopSignal", Whole()),
    _container("stop_grace_period", "StopGracePeriod", Whole(default=10 * SECOND, convert=seconds)),
    _container("tty", "TTY", Flag()),
    _container("stdin_open", "OpenStdin", Flag()),
    _container("read_only", "ReadOnly", Flag()),
    _container("init", "Init", Whole()),
    _container("oom_score_adj", "OomScoreAdj", Flag()),
    _container("healthcheck", "Healthcheck", HEALTH),
    _container("extra_hosts", "Hosts", Whole()),
    _container("dns", "DNSConfig", DNS),
    _container("cap_add", "CapabilityAdd", Bag()),
    _container("cap_drop", "CapabilityDrop", Bag()),
    _container("sysctls", "Sysctls", Map()),
    _container("ulimits", "Ulimits", Table(_by("Name"), ULIMIT)),
    _container("volumes", "Mounts", Table(_by("Target"), MOUNT)),
    _container("configs", "Configs", reference("Config")),
    _container("secrets", "Secrets", reference("Secret")),
    _container("isolation", "Isolation", Whole(convert=lambda value: None if value == "default" else value)),
    Field("networks", ("TaskTemplate", "Networks"), Table(_by("Target"), NETWORK)),
    Field("logging", ("TaskTemplate", "LogDriver"), LOGGING),
    Field("deploy.resources.limits", ("TaskTemplate", "Resources", "Limits"), RESOURCES),
    Field("deploy.resources.reservations", ("TaskTemplate", "Resources", "Reservations"), RESOURCES),
    Field("memswap_limit", ("TaskTemplate", "Resources", "SwapBytes"), Whole()),
    Field("mem_swappiness", ("TaskTemplate", "Resources", "MemorySwappiness"), Whole()),
    Field("deploy.restart_policy", ("TaskTemplate", "RestartPolicy"), RESTART),
    Field("deploy.placement.constraints", ("TaskTemplate", "Placement", "Constraints"), Bag(convert=constraint)),
    Field("deploy.placement.preferences", ("TaskTemplate", "Placement", "Preferences"), Whole(), restarts=False),
    Field("deploy.placement.max_replicas_per_node", ("TaskTemplate", "Placement", "MaxReplicas"), Flag()),
    Field("deploy.labels", ("Labels",), Map(hidden=lambda key: key.startswith(labels.OURS)), restarts=False),
    Field("deploy.replicas", ("Mode", "Replicated", "Replicas"), Whole(), restarts=False),
    Field("deploy.max_concurrent", ("Mode", "ReplicatedJob", "MaxConcurrent"), Flag()),
    Field("deploy.total_completions", ("Mode", "ReplicatedJob", "TotalCompletions"), Flag()),
    Field("deploy.update_config", ("UpdateConfig",), ROLLOUT, restarts=False),
    Field("deploy.rollback_config", ("RollbackConfig",), ROLLOUT, restarts=False),
    Field("deploy.endpoint_mode", ("EndpointSpec", "Mode"), Whole(default="vip")),
    Field("ports", ("EndpointSpec", "Ports"), Table(port_key, PORT)),
)

IGNORED: tuple[tuple[str, ...], ...] = (
    ("Name",),
    ("Networks",),
    ("Mode",),
    ("TaskTemplate", "Runtime"),
    ("TaskTemplate", "ForceUpdate"),
    ("TaskTemplate", "Placement", "Platforms"),
)
"""Not state of its own: the name, the deprecated place of networks, the mode (compared apart), what the engine or
the client fills in, and the counter that belongs to whoever wants tasks restarted."""
