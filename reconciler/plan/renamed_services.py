"""Renamed services: which new service replaces which old one, and how long the old one stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.images import familiar, split
from reconciler.desired.model import Condition, Dependency, Spec
from reconciler.observed.model import Service as ObservedService
from reconciler.observed.model import Snapshot
from reconciler.plan.canonical import canonical
from reconciler.plan.draft import Part, stack_of
from reconciler.plan.model import Action, Key, Kind, Verb
from reconciler.plan.ports import Port, published
from reconciler.plan.stalled_services import is_job
from reconciler.plan.volumes import mounts, still_written
from reconciler.spec.paths import get


def successors(leaving: Sequence[ObservedService], services: Part) -> dict[str, Action]:
    """Return the action of the service that replaces each leaving one, by the old name. The two have the same image,
    and are in the same stack or have the same name in another one. The most alike are paired first."""
    new = [action for action in services.actions if action.verb is Verb.CREATE and not is_job(action.spec or {})]
    scored = [
        (-_alike(old.spec, action.spec or {}), old.name, action.name)
        for old in leaving
        for action in new
        if not is_job(old.spec) and _may_follow(old, action)
    ]
    found: dict[str, Action] = {}
    by_name = {action.name: action for action in new}
    taken: set[str] = set()
    for _, old_name, name in sorted(scored):
        if old_name not in found and name not in taken:
            found[old_name] = by_name[name]
            taken.add(name)
    return found


def keep_until_succeeded(services: Part, removals: Part, snapshot: Snapshot) -> None:
    """Keep a renamed service until its successor is Ready. If they would share a port or a volume, the old one goes
    first, and the successor is made once its tasks have ended."""
    leaving = [
        action.observed
        for action in removals.actions
        if action.kind is Kind.SERVICE and isinstance(action.observed, ObservedService)
    ]
    # A removal that waits for the files to settle comes soon; the successor is made before that.
    leaving += [
        snapshot.services[key.name]
        for key, hold in removals.holds.items()
        if key.kind is Kind.SERVICE and hold.cause is Cause.SETTLING
    ]
    wanted = _gained_ports(services)
    for old, action in successors(leaving, services).items():
        shared = _shared(snapshot.services[old].spec, action.spec or {})
        if not shared and (ports := published(snapshot.services[old].spec).keys() & wanted):
            # The successor itself may wait for the service that gets the port.
            note = f"takes the place of {old}, which stops first: another service gets its {_named(ports)}"
            _renote(services, action, note, {})
        elif shared:
            note = f"takes the place of {old}, which stops first: both use {shared}"
            _renote(services, action, note, {})
            if shared.startswith("volume"):
                _hold_back(services, action.key, f"is made once {old} is gone: both use {shared}")
        else:
            _renote(services, action, f"takes the place of {old}, which stays until this one is Ready", _mark(old))
    followed = {labels.of(found.spec, labels.SUCCEEDS): name for name, found in snapshot.services.items()}
    followed |= {labels.of(action.spec or {}, labels.SUCCEEDS): action.name for action in services.actions}
    for index, removal in enumerate(removals.actions):
        heir = followed.get(removal.name) if removal.kind is Kind.SERVICE else None
        if heir and published(snapshot.services[removal.name].spec).keys() & wanted:
            continue
        if heir and _is_desired(heir, services, removals, snapshot):
            waits = (Dependency(heir, Condition.HEALTHY, required=False),)
            removals.actions[index] = replace(removal, depends_on=waits)
    for action in [each for each in services.actions if each.verb is Verb.CREATE]:
        if why := still_written(action.spec or {}, snapshot):
            _hold_back(services, action.key, f"is made once that has ended: {why}")


def _gained_ports(services: Part) -> set[Port]:
    """Return the ports that a service is to get and doesn't have yet."""
    return {
        port
        for action in services.actions
        for port in published(action.spec).keys()
        - published(action.observed.spec if isinstance(action.observed, ObservedService) else None).keys()
    }


def _named(ports: Iterable[Port]) -> str:
    return f"port {', '.join(str(number) for _, number in sorted(ports))}"


def _mark(old: str) -> dict[str, str]:
    return {labels.SUCCEEDS: old}


def _renote(services: Part, action: Action, note: str, marks: dict[str, str]) -> None:
    spec = {**(action.spec or {}), "Labels": {**((action.spec or {}).get("Labels") or {}), **marks}}
    index = next(at for at, each in enumerate(services.actions) if each.key == action.key)
    services.actions[index] = replace(services.actions[index], spec=spec, notes=(*action.notes, note))


def _hold_back(services: Part, key: Key, why: str) -> None:
    services.actions[:] = [action for action in services.actions if action.key != key]
    services.hold(key, Cause.LATER, why)


def _is_desired(name: str, services: Part, removals: Part, snapshot: Snapshot) -> bool:
    leaves = {action.name for action in removals.actions} | {key.name for key in removals.holds}
    planned = {action.name for action in services.actions}
    return name not in leaves and (name in planned or name in snapshot.services)


def _may_follow(old: ObservedService, action: Action) -> bool:
    same_image = _repository(old.spec) == _repository(action.spec or {}) != ""
    stack = stack_of(old.spec)
    own = old.name.removeprefix(f"{stack}_") == action.name.removeprefix(f"{action.stack}_")
    return same_image and (stack == action.stack or own)


def _repository(spec: Spec) -> str:
    image = str(get(spec, ("TaskTemplate", "ContainerSpec", "Image")) or "")
    return familiar(split(image)[0]).rpartition(":")[0] if image else ""


def _alike(old: Spec, new: Spec) -> int:
    """Return how many fields are the same."""
    one, other = canonical(old), canonical(new)
    return sum(value == other.get(path) for path, value in one.items())


def _shared(old: Spec, new: Spec) -> str:
    """Describe what both can't have at once; empty for nothing."""
    ports = published(old).keys() & published(new).keys()
    if ports:
        return _named(ports)
    written = [
        {str(mount["Source"]) for mount in mounts(spec).values() if not mount.get("ReadOnly")} for spec in (old, new)
    ]
    both = sorted(written[0] & written[1])
    return f"volume {both[0]}" if both else ""
