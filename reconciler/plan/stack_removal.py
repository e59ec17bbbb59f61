"""Plan that removes one stack: what we own of it, dependents before what they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.desired.model import Spec, Stack
from reconciler.observed.model import ENDED, Service, Snapshot
from reconciler.plan.draft import stack_of
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Key, Kind, Plan, Verb
from reconciler.plan.networks import LEAVING, leaving
from reconciler.plan.ownership import copied_from, is_ours, objects, owner_of
from reconciler.plan.references import Uses
from reconciler.records import dataclass

WHY = "its stack is taken down"
KEPT = "was generated, and is kept with the data that it opens"


@dataclass(frozen=True, slots=True)
class Removal:
    """Stack to remove. ``dependents`` maps each service to those that depend on it, as far as the files say. ``ids``
    are the services that existed at the start, by name: their tasks outlive them for a while."""

    stack: str
    owner: str
    dependents: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    named: frozenset[Key] = frozenset()
    """Objects of the stack by their names in its files, if the files still exist."""

    def has(self, key: Key, spec: Spec) -> bool:
        return stack_of(spec) == self.stack and is_ours(key, spec, self.owner, self.named)

    def services(self, snapshot: Snapshot) -> dict[str, Service]:
        there = snapshot.services.items()
        return {name: service for name, service in there if self.has(Key(Kind.SERVICE, name), service.spec)}

    def lives(self, name: str, snapshot: Snapshot) -> bool:
        """Say whether a service exists, or tasks of it are still being stopped."""
        tasks = snapshot.tasks.get(self.ids.get(name, ""), ())
        return name in snapshot.services or any(task.state not in ENDED for task in tasks)


def kept(removal: Removal, snapshot: Snapshot) -> dict[Key, str]:
    """Return what stays of the stack, and why. Generated secrets stay, as does the data that they open. Objects
    without our owner label stay; an adopted network has none, because Swarm can't label an existing network (rule
    9). Configs and secrets stay that a service outside the stack needs, even if only for a rollback."""
    stays: dict[Key, str] = {}
    going, used = removal.services(snapshot).keys(), Uses(snapshot)
    for key, found in objects(snapshot):
        if stack_of(found.spec) != removal.stack or key in leaving(snapshot):
            continue
        if source := copied_from(key, found.spec):
            why = f"its labels were copied from {source}"
            stays[key] = f"stays, for {why}: `docker {key.kind} rm {key.name}` removes it"
        elif (other := owner_of(key, found.spec)) not in {"", removal.owner}:
            stays[key] = f"stays, for it belongs to the owner {other}"
        elif not removal.has(key, found.spec):
            stays[key] = f"stays, for it isn't labelled as ours: `docker {key.kind} rm {key.name}` removes it"
        elif labels.GENERATED in (found.spec.get("Labels") or {}):
            stays[key] = KEPT
        elif others := sorted(used.of(key) - going):
            stays[key] = f"stays, for {', '.join(others)} needs it, now or for a rollback"
    return stays


def named_by(stacks: Sequence[Stack], stack: str) -> frozenset[Key]:
    """Return the objects that the files of a stack name, by their names there."""
    return frozenset(
        Key(kind, each.name)
        for found in stacks
        if found.name == stack
        for kind, parts in (
            (Kind.SERVICE, found.services),
            (Kind.NETWORK, found.networks),
            (Kind.CONFIG, found.configs),
            (Kind.SECRET, found.secrets),
        )
        for each in parts
    )


def plan_removal(removal: Removal, snapshot: Snapshot) -> Plan:
    """Plan what can be removed now, what has to wait for that, and what is ``kept``."""
    actions: list[Action] = []
    held = kept(removal, snapshot)
    services = removal.services(snapshot)
    for name, service in services.items():
        key = Key(Kind.SERVICE, name)
        waiting = sorted(other for other in removal.dependents.get(name, ()) if removal.lives(other, snapshot))
        if waiting:
            held[key] = f"waits for {', '.join(waiting)} to be gone"
        else:
            actions.append(Action(key, removal.stack, Verb.REMOVE, WHY, restarts_tasks=True, observed=service))
    living = sorted({*services, *(name for name in removal.ids if removal.lives(name, snapshot))})
    for key, found in objects(snapshot):
        if key.kind is Kind.SERVICE or key in held or not removal.has(key, found.spec):
            continue
        if key in leaving(snapshot):
            held[key] = LEAVING
        elif living:
            held[key] = f"waits for {', '.join(living)} to be gone"
        else:
            actions.append(Action(key, removal.stack, Verb.REMOVE, WHY, observed=found))
    holds = {key: Hold(Finding(Cause.LATER, Facts(said=why, object=str(key)))) for key, why in held.items()}
    return Plan(tuple(actions), holds=holds)


def remains(removal: Removal, snapshot: Snapshot) -> list[str]:
    """Return what is still to be removed, except what is ``kept``, and services whose tasks are still being stopped."""
    plan, stays = plan_removal(removal, snapshot), kept(removal, snapshot)
    keys = [*(action.key for action in plan.actions), *(key for key in plan.holds if key not in stays)]
    stopping = [name for name in removal.ids if name not in snapshot.services and removal.lives(name, snapshot)]
    return [*map(str, keys), *(f"tasks of {name}" for name in stopping)]
