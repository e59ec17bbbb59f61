"""From Engine API objects to the observed model. Pure; one function per kind."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from reconciler.desired.model import Spec
from reconciler.observed.model import (
    Config,
    Network,
    Node,
    Secret,
    Service,
    Task,
    TaskState,
    UpdateStatus,
    Volume,
)
from reconciler.observed.resources import resources
from reconciler.records import dataclass
from reconciler.swarm import shapes

Raw = Mapping[str, Any]
LONGEST_TIME = 64
"""Most characters of a time."""
ENDED = (TaskState.COMPLETE, TaskState.FAILED, TaskState.SHUTDOWN)
"""States in which the engine's ``ExitCode`` means something; in earlier states it is always 0."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id. An unknown id stands for itself."""

    networks: Mapping[str, str] = field(default_factory=dict)
    configs: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def epoch(time: str | None) -> float | None:
    """Return a time (RFC 3339, up to nine decimals) as seconds since the epoch; None for none, for Go's zero time, and
    for an invalid time."""
    if not isinstance(time, str) or not time or time.startswith("0001-") or len(time) > LONGEST_TIME:
        return None
    whole, _, rest = time.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    try:
        return datetime.fromisoformat(whole + rest[digits:]).timestamp() + float(f"0.{rest[:digits] or '0'}")
    except (ValueError, OverflowError):
        return None


def service(raw: Raw, names: Names) -> Service:
    previous = raw.get("PreviousSpec")
    shapes.check(raw["Spec"], shapes.SERVICE)
    shapes.check(previous, shapes.SERVICE)
    iteration = raw.get("JobStatus", {}).get("JobIteration")
    return Service(
        id=raw["ID"],
        name=raw["Spec"]["Name"],
        version=raw["Version"]["Index"],
        spec=service_spec(raw["Spec"], names),
        created_at=epoch(raw.get("CreatedAt")) or 0.0,
        updated_at=epoch(raw.get("UpdatedAt")) or 0.0,
        update=_update_status(raw.get("UpdateStatus")),
        previous_spec=service_spec(previous, names) if previous else None,
        iteration=iteration.get("Index", 0) if iteration is not None else None,
    )


def _update_status(raw: Raw | None) -> UpdateStatus | None:
    if not raw or not raw.get("State"):
        return None
    return UpdateStatus(
        raw["State"], raw.get("Message", ""), epoch(raw.get("StartedAt")), epoch(raw.get("CompletedAt"))
    )


def task(raw: Raw, names: Names) -> Task:
    shapes.check(raw.get("Spec"), shapes.TASK)
    status = raw.get("Status", {})
    container = status.get("ContainerStatus") or {}
    iteration = raw.get("JobIteration")
    state = _state(status.get("State"))
    return Task(
        id=raw["ID"],
        service_id=raw.get("ServiceID", ""),
        node_id=raw.get("NodeID", ""),
        slot=raw.get("Slot", 0),
        state=state,
        desired_state=_state(raw.get("DesiredState")),
        spec=task_spec(raw.get("Spec", {}), names),
        created_at=epoch(raw.get("CreatedAt")) or 0.0,
        status_at=epoch(status.get("Timestamp")) or 0.0,
        message=status.get("Message", ""),
        error=status.get("Err", ""),
        exit_code=container.get("ExitCode") if state in ENDED else None,
        iteration=iteration.get("Index", 0) if iteration is not None else None,
        container_id=container.get("ContainerID", ""),
    )


def _state(text: object) -> TaskState:
    """Return the state; an unknown one counts as that of a new task."""
    return TaskState(text) if isinstance(text, str) and text in set(TaskState) else TaskState.NEW


def service_spec(raw: Raw, names: Names) -> Spec:
    """Return a copy of a ``ServiceSpec`` with names in place of ids."""
    spec = dict(raw)
    if "TaskTemplate" in spec:
        spec["TaskTemplate"] = task_spec(spec["TaskTemplate"], names)
    if spec.get("Networks"):
        spec["Networks"] = _attachments(spec["Networks"], names)
    return spec


def task_spec(raw: Raw, names: Names) -> Spec:
    """Return a copy of a ``TaskSpec`` with names in place of ids."""
    spec = dict(raw)
    if spec.get("Networks"):
        spec["Networks"] = _attachments(spec["Networks"], names)
    container = spec.get("ContainerSpec")
    if container and (container.get("Configs") or container.get("Secrets")):
        spec["ContainerSpec"] = container = {**container, **_credential_spec(container, names)}
        for kind, known in (("Config", names.configs), ("Secret", names.secrets)):
            if container.get(f"{kind}s"):
                container[f"{kind}s"] = [_named(reference, kind, known) for reference in container[f"{kind}s"]]
    return spec


def _credential_spec(container: Raw, names: Names) -> Spec:
    """Return ``Privileges`` with the name of the config that holds the credential spec, if one does."""
    privileges = container.get("Privileges") or {}
    given = privileges.get("CredentialSpec") or {}
    if not given.get("Config"):
        return {}
    named = {**given, "Config": names.configs.get(given["Config"], given["Config"])}
    return {"Privileges": {**privileges, "CredentialSpec": named}}


def _attachments(raw: list[Spec], names: Names) -> list[Spec]:
    return [
        {**attachment, "Target": names.networks.get(attachment["Target"], attachment["Target"])} for attachment in raw
    ]


def _named(reference: Spec, kind: str, known: Mapping[str, str]) -> Spec:
    """Return the reference with the name of its id: the name in it is whatever its writer put there. An old task may
    refer to an object that is gone. If another object has its name now, the id stands for it, so that the task isn't
    taken for one of the current spec."""
    named = dict(reference)
    identity, given = named.pop(f"{kind}ID", ""), named.get(f"{kind}Name")
    namesake = identity and identity not in known and given in known.values()
    named[f"{kind}Name"] = identity if namesake else known.get(identity) or given or identity
    return named


def node(raw: Raw) -> Node:
    spec, description = raw.get("Spec", {}), raw.get("Description", {})
    platform, engine = description.get("Platform", {}), description.get("Engine", {})
    return Node(
        id=raw["ID"],
        hostname=description.get("Hostname", ""),
        state=raw.get("Status", {}).get("State", "unknown"),
        availability=spec.get("Availability", "active"),
        role=spec.get("Role", "worker"),
        labels=spec.get("Labels") or {},
        engine_labels=engine.get("Labels") or {},
        os=platform.get("OS", "linux"),
        arch=platform.get("Architecture", ""),
        address=raw.get("Status", {}).get("Addr", ""),
        resources=resources(description.get("Resources") or {}),
        plugins=frozenset((plugin["Type"], plugin["Name"]) for plugin in engine.get("Plugins") or ()),
        updated_at=epoch(raw.get("UpdatedAt")) or 0.0,
    )


def is_swarms(raw: Raw) -> bool:
    """Whether a listed network is Swarm's. Lists omit containers for Swarm's networks, but not for the local copy that
    the engine made, which is listed only when Swarm's network is gone (moby, ``network_routes.go``,
    ``getNetworksList``; seen on 20.10 and 28.5)."""
    return bool(raw["Scope"] == "swarm" and raw.get("Containers") is None)


def network(raw: Raw) -> Network:
    leaving = raw["Scope"] == "swarm" and not is_swarms(raw)
    return Network(raw["Id"], raw["Name"], dict(raw), epoch(raw.get("Created")) or 0.0, leaving)


def volume(raw: Raw) -> Volume:
    return Volume(raw["Name"], dict(raw))


def config(raw: Raw) -> Config:
    shapes.check(raw["Spec"], shapes.CONTENT)
    spec = {key: value for key, value in raw["Spec"].items() if key != "Data"}
    data = base64.b64decode(raw["Spec"].get("Data") or "")
    return Config(raw["ID"], spec["Name"], raw["Version"]["Index"], spec, data, epoch(raw.get("CreatedAt")) or 0.0)


def secret(raw: Raw) -> Secret:
    shapes.check(raw["Spec"], shapes.CONTENT)
    spec = dict(raw["Spec"])
    return Secret(raw["ID"], spec["Name"], raw["Version"]["Index"], spec, epoch(raw.get("CreatedAt")) or 0.0)


TASK = "com.docker.swarm.task.id"
"""Label of a container that names its task."""


def attached(containers: Iterable[Raw]) -> dict[str, frozenset[str]]:
    """Return the networks of each task's container, by task id."""
    return {
        labels[TASK]: frozenset((raw.get("NetworkSettings") or {}).get("Networks") or ())
        for raw in containers
        if TASK in (labels := raw.get("Labels") or {})
    }
