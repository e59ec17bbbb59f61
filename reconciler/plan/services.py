"""Services: one action each, or the reason for none."""

from __future__ import annotations

import copy
from dataclasses import replace

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.model import Service, Spec
from reconciler.observed.model import Snapshot
from reconciler.plan.attempts import attempt
from reconciler.plan.canonical import merged, remade, restarts
from reconciler.plan.comparison import Comparison, Comparisons
from reconciler.plan.contents import Placed
from reconciler.plan.draft import Part, Rules, in_words, labelled, owner_change
from reconciler.plan.model import Action, Key, Kind, Verb
from reconciler.plan.networks import attachments
from reconciler.plan.ownership import owner_of
from reconciler.plan.references import lost, named
from reconciler.plan.rollback import held_by_rollback
from reconciler.plan.rollout_room import lacks_room
from reconciler.plan.stalled_services import fix, is_job
from reconciler.plan.volumes import other_options
from reconciler.spec.paths import get

MOVE_DATA = (
    "To move the data, on the volume's node: stop what uses it, make a volume NEW with the new options by `docker "
    "volume create`, copy by `docker run --rm -v {0}:/from -v NEW:/to busybox cp -a /from/. /to/`, and say `name: NEW` "
    "under the volume in the file; or put the old options back"
)
PASSING = frozenset({labels.ROLLED_BACK, labels.LOST, labels.ATTEMPT, labels.PARKED})
"""Labels that an update of a service removes."""


def plan_services(
    services: list[Service], snapshot: Snapshot, comparisons: Comparisons, placed: Placed, rules: Rules
) -> Part:
    part = Part()
    for service in services:
        observed = snapshot.services.get(service.name)
        if observed is None:
            _create(part, service, comparisons.wanted(service), snapshot, rules)
        else:
            compared = comparisons.of(service, observed)
            _compare(part, service, compared, placed, snapshot, rules)
            hold = part.holds.get(Key(Kind.SERVICE, service.name))
            if hold and compared.changes:
                part.holds[Key(Kind.SERVICE, service.name)] = replace(hold, changes=compared.changes)
    return part


def _create(part: Part, service: Service, spec: Spec, snapshot: Snapshot, rules: Rules) -> None:
    key = Key(Kind.SERVICE, service.name)
    if suspended := rules.suspensions.of_service(service.name, service.stack):
        part.hold(key, Cause.SUSPENDED, f"{suspended}: it isn't there")
        return
    if volume := other_options(service, None, snapshot):
        _hold_with_volume(part, service, volume)
        return
    part.actions.append(
        Action(
            key,
            service.stack,
            Verb.CREATE,
            "not there",
            restarts_tasks=True,
            spec=labelled(spec, {labels.OWNER: rules.owner}),
            after=_needs(spec),
            depends_on=service.depends_on,
            notes=service.notes,
        )
    )


def _compare(
    part: Part, service: Service, compared: Comparison, placed: Placed, snapshot: Snapshot, rules: Rules
) -> None:
    key = Key(Kind.SERVICE, service.name)
    observed, changes = compared.observed, compared.changes
    owner = owner_of(key, observed.spec)
    if owner not in {"", rules.owner}:
        hint = "remove it there, or use another name"
        part.hold(key, Cause.OWNED_BY_ANOTHER, f"belongs to {owner}: {hint}", blocks=True)
        part.warn(service.at, f"service {service.name} belongs to {owner}", hint)
    elif not changes and owner:
        _fix(part, service, snapshot, rules)
    elif suspended := rules.suspensions.of_service(service.name, service.stack):
        part.hold(key, Cause.SUSPENDED, f"{suspended}: {in_words(changes) if changes else 'not adopted yet'}")
    elif changes and (volume := other_options(service, observed.spec, snapshot)):
        _hold_with_volume(part, service, volume)
    elif any(change.path == "deploy.mode" for change in changes):
        _replace(part, service, compared, rules)
    elif not restarts(changes) and not rules.forced and _would_disturb_a_rollout(service, snapshot):
        what = in_words(changes) if changes else "not adopted yet"
        part.hold(key, Cause.LATER, f"waits for the rollout under way: {what}")
    elif not owner and all(change.path.startswith("deploy.labels.") for change in changes):
        _adopt(part, service, compared, snapshot, rules)
    elif restarts(changes) and (why := lacks_room(compared.spec, snapshot)):
        part.hold(key, Cause.NO_ROOM, why, blocks=True)
    elif not held_by_rollback(part, service, compared, placed, snapshot, rules):
        _update(part, service, compared, placed, snapshot, rules)


def _hold_with_volume(part: Part, service: Service, volume: str) -> None:
    why = f"volume {volume} is there with other options than its file says, and no engine changes those"
    said = f"{why}. {MOVE_DATA.format(volume)}"
    part.hold(Key(Kind.SERVICE, service.name), Cause.NEEDS_REPLACEMENT, said, blocks=True)
    part.warn(service.at, f"service {service.name} is held: {why}", MOVE_DATA.format(volume))


def _would_disturb_a_rollout(service: Service, snapshot: Snapshot) -> bool:
    """Say whether a write would disturb a rollout. Any write makes SwarmKit begin the rollout again. Then it stops a
    task that has a successor at once, even if the successor isn't running yet and the order is start-first
    (``updater.go``, ``useExistingTask``; seen on engine 20.10). So a write that makes no new tasks waits. If nothing
    has moved for ``ready_timeout`` it goes ahead: it may be what the rollout needs."""
    observed = snapshot.services[service.name]
    moved = max([observed.updated_at, *(task.status_at for task in snapshot.tasks.get(observed.id, ()))])
    return observed.rolling and snapshot.at - moved < service.options.ready_timeout


def _update(
    part: Part, service: Service, compared: Comparison, placed: Placed, snapshot: Snapshot, rules: Rules
) -> None:
    """Plan an update. A spec that may be rolled back is marked as tried, so that the rollback can be recognised
    later."""
    spec, observed, changes = compared.spec, compared.observed, compared.changes
    key = Key(Kind.SERVICE, service.name)
    written = merged(spec, compared.base, service.options.ignore)
    if gone := sorted(lost(written, snapshot) - named(spec)):
        why = f"{gone[0]} is gone, and `ignore` keeps it in the service: remove it there, or stop ignoring it"
        part.hold(key, Cause.OBJECT_MISSING, why, blocks=True)
        return
    returns = get(written, ("UpdateConfig", "FailureAction")) == "rollback"
    part.actions.append(
        Action(
            key,
            service.stack,
            Verb.UPDATE,
            in_words(changes),
            restarts_tasks=restarts(changes) or is_job(spec),
            changes=changes,
            spec=labelled(written, {labels.OWNER: rules.owner}, drop=PASSING),
            observed=observed,
            after=_needs(spec),
            depends_on=service.depends_on if restarts(changes) else (),
            notes=service.notes,
            seals={labels.ATTEMPT: attempt(service, compared, placed, rules)} if returns else {},
            marked_first=not lost(observed.spec, snapshot),
        )
    )


def _fix(part: Part, service: Service, snapshot: Snapshot, rules: Rules) -> None:
    observed = snapshot.services[service.name]
    left_alone = rules.suspensions.of_service(service.name, service.stack) or lost(observed.spec, snapshot)
    action = None if left_alone else fix(service, observed, snapshot)
    if action is None:
        part.unchanged += 1
    else:
        part.actions.append(action)


def _adopt(part: Part, service: Service, compared: Comparison, snapshot: Snapshot, rules: Rules) -> None:
    key = Key(Kind.SERVICE, service.name)
    spec, observed, changes = compared.spec, compared.observed, compared.changes
    if is_job(observed.spec):
        part.hold(key, Cause.UNLABELLED, "is as desired, but has no owner label: to set it would run the job again")
        return
    if gone := sorted(lost(observed.spec, snapshot)):
        why = f"{gone[0]} is gone, and Swarm takes no label for a service that names it: make it again"
        part.hold(key, Cause.OBJECT_MISSING, why)
        return
    written = merged(spec, compared.base, service.options.ignore) if changes else copy.deepcopy(observed.spec)
    part.actions.append(
        Action(
            key,
            service.stack,
            Verb.ADOPT,
            "runs already; only labels are missing",
            changes=(*changes, owner_change(rules.owner, "deploy.labels")),
            spec=labelled(written, {labels.OWNER: rules.owner}),
            observed=observed,
        )
    )


def _replace(part: Part, service: Service, compared: Comparison, rules: Rules) -> None:
    key = Key(Kind.SERVICE, service.name)
    spec, observed = compared.spec, compared.observed
    if not service.options.replace:
        hint = "say `x-reconciler: {replace: true}` in the service to have it replaced"
        said = f"needs replacing: Swarm can't change a service's mode; {hint}"
        part.hold(key, Cause.NEEDS_REPLACEMENT, said, blocks=True)
        part.warn(service.at, f"service {service.name} needs replacing: Swarm can't change a service's mode", hint)
        return
    part.actions.append(
        Action(
            key,
            service.stack,
            Verb.REPLACE,
            "Swarm can't change a service's mode",
            restarts_tasks=True,
            changes=compared.changes,
            spec=labelled(remade(spec, compared.base, service.options.ignore), {labels.OWNER: rules.owner}),
            observed=observed,
            after=_needs(spec),
            depends_on=service.depends_on,
            notes=service.notes,
        )
    )


def _needs(spec: Spec) -> frozenset[Key]:
    """Return what has to exist before a service of this spec can be written."""
    return named(spec) | {Key(Kind.NETWORK, network["Target"]) for network in attachments(spec)}
