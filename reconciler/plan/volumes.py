"""Data in named volumes: which volumes a plan leaves behind, which begin empty, and which can't become as their file
says.

Swarm never removes a volume: a service that leaves, or mounts another one, leaves its data behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from reconciler import labels
from reconciler.desired.model import Service, Spec, Stack
from reconciler.observed.model import ENDED, Snapshot
from reconciler.observed.model import Service as ObservedService
from reconciler.plan.model import Action, Key, Kind, Verb
from reconciler.records import dataclass
from reconciler.spec.paths import get

PLAIN = ("local", ())
"""Driver, without options, that an engine uses if a mount names none."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A volume that no service uses once ``key`` is done. ``target`` is where it was mounted. ``heir`` is the volume
    that the service mounts there instead, if any."""

    volume: str
    key: Key
    target: str
    heir: str = ""


def mounts(spec: Spec | None) -> dict[str, Spec]:
    """Return the mounts of named volumes, by target."""
    found = get(spec or {}, ("TaskTemplate", "ContainerSpec", "Mounts")) or []
    return {str(each.get("Target")): each for each in found if each.get("Type") == "volume" and each.get("Source")}


def sources(spec: Spec | None) -> set[str]:
    """Return the names of the volumes that a service mounts."""
    return {str(mount["Source"]) for mount in mounts(spec).values()}


def losses(actions: Sequence[Action], stacks: Sequence[Stack], snapshot: Snapshot) -> list[Loss]:
    """Return the volumes that no service uses any more once ``actions`` are done, and that no file names.

    If a service is removed without a successor, only data in the engine's own folder counts as lost: whoever made an
    external volume, or chose a device, knows where it is.
    """
    done = {action.name: action for action in actions if action.kind is Kind.SERVICE}
    kept = {volume.name for stack in stacks for volume in stack.volumes}
    kept |= {name for stack in stacks for service in stack.services for name in sources(service.spec)}
    kept |= {name for found in snapshot.services.values() if found.name not in done for name in sources(found.spec)}
    wanted = [service.spec for stack in stacks for service in stack.services]
    devices = [_device(mount) for spec in wanted for mount in mounts(spec).values() if _device(mount)]
    return [
        Loss(str(mount["Source"]), action.key, target, str(mounts(action.spec).get(target, {}).get("Source", "")))
        for action in done.values()
        if isinstance(action.observed, ObservedService) and action.verb is not Verb.ADOPT
        for target, mount in sorted(mounts(action.observed.spec).items())
        if mount["Source"] not in kept and _device(mount) not in devices and _holds_data(mount, action.verb)
    ]


def _holds_data(mount: Spec, verb: Verb) -> bool:
    if _type(mount) == "tmpfs":
        return False
    declared = labels.STACK in (get(mount, ("VolumeOptions", "Labels")) or {})
    return verb is not Verb.REMOVE or (declared and not _device(mount))


def _type(mount: Spec) -> object:
    return (get(mount, ("VolumeOptions", "DriverConfig", "Options")) or {}).get("type")


def used(snapshot: Snapshot) -> frozenset[str]:
    """Return the volumes that exist or that a service uses, as far as this engine can show."""
    mounted = (name for found in snapshot.services.values() for name in sources(found.spec))
    return frozenset((*snapshot.volumes, *mounted))


def empty(action: Action, known: Collection[str]) -> list[str]:
    """Return the volumes of a service that aren't ``known`` to exist."""
    return sorted(
        str(mount["Source"])
        for mount in mounts(action.spec).values()
        if mount["Source"] not in known and not _device(mount)
    )


def still_written(spec: Spec, snapshot: Snapshot) -> str:
    """Describe the volume of a new service that a task of a removed service still uses; empty for none."""
    there = {service.id for service in snapshot.services.values()}
    ours = {str(mount["Source"]) for mount in mounts(spec).values() if not mount.get("ReadOnly")}
    for service_id, tasks in snapshot.tasks.items():
        for task in tasks if service_id and service_id not in there else ():
            shared = ours & sources({"TaskTemplate": task.spec})
            if shared and task.state not in ENDED:
                return f"volume {min(shared)} is still used by task {task.id} of a removed service"
    return ""


def other_options(service: Service, observed: Spec | None, snapshot: Snapshot) -> str:
    """Describe the volume of a service whose options differ from its file: an engine never changes options of an
    existing volume. Options are compared with the mount of the running service, and with the volume on this node."""
    before = mounts(observed)
    by_source = {str(mount["Source"]): mount for mount in before.values()}
    for mount in mounts(service.spec).values():
        name = str(mount["Source"])
        if name in by_source and (_driver(by_source[name]) or PLAIN) != (_driver(mount) or PLAIN):
            return name
        found = snapshot.volumes.get(name)
        if found and observed is None and _driver(mount) not in (None, _of(found.spec)):
            return name
    return ""


def _driver(mount: Spec) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return the driver and options that a mount asks for; None if it leaves them to the engine."""
    config = get(mount, ("VolumeOptions", "DriverConfig")) or {}
    if not config.get("Name") and not config.get("Options"):
        return None
    return str(config.get("Name") or "local"), _pairs(config.get("Options"))


def _of(volume: Spec) -> tuple[str, tuple[tuple[str, str], ...]]:
    return str(volume.get("Driver") or "local"), _pairs(volume.get("Options"))


def _pairs(options: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((options or {}).items()))


def _device(mount: Spec) -> object:
    """Return where the data lies outside of the volume itself: the same place may be mounted under another name."""
    options = get(mount, ("VolumeOptions", "DriverConfig", "Options")) or {}
    return (_driver(mount)) if options.get("device") else None


def names(found: Iterable[Loss]) -> str:
    """Name volumes: ``volumes a_data, a_logs``."""
    volumes = sorted({loss.volume for loss in found})
    return f"volume{'s' if len(volumes) > 1 else ''} {', '.join(volumes)}"
