"""Replacement of networks: every service on the network is parked first, without running a job, and put back after."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconciler.causes.cause import Cause
from reconciler.observed.model import Service as ObservedService
from reconciler.observed.model import Snapshot, TaskState
from reconciler.observed.parking import park, parked, resumed
from reconciler.plan.draft import Part, stack_of
from reconciler.plan.model import Action, Change, Key, Kind, Verb
from reconciler.plan.networks import attachments, others_on, users_of
from reconciler.plan.stalled_services import is_job
from reconciler.spec.paths import get, mode

BUSY = frozenset(
    {
        TaskState.ASSIGNED,
        TaskState.ACCEPTED,
        TaskState.PREPARING,
        TaskState.READY,
        TaskState.STARTING,
        TaskState.RUNNING,
    }
)
"""States of a job's task that has begun: it isn't interrupted."""


def replace_networks(networks: Part, services: Part, removals: Part, snapshot: Snapshot, ours: Collection[str]) -> None:
    """Park the services of each network that is to be replaced. If anything else uses the network, hold it instead.

    ``ours`` are the services that may be written. Services are detached only if the network can be removed.
    """
    leaving = {action.name for action in removals.actions if action.kind is Kind.SERVICE}
    replaced = [action for action in networks.actions if action.verb is Verb.REPLACE]
    for action in list(replaced):
        users = {key.name for key in users_of(action.name, snapshot)}
        if others := list(others_on(action.name, users, {*ours, *leaving}, snapshot)):
            why = f"{action.reason}; it stays, for it is used by {', '.join(others)}: detach or remove that first"
            _withhold(networks, replaced, action, Cause.IN_USE, why)
        elif busy := sorted(name for name in users if _is_busy_job(snapshot.services[name], snapshot)):
            why = f"{action.reason}; it is replaced once the job {', '.join(busy)} has ended"
            _withhold(networks, replaced, action, Cause.LATER, why)
    taken = {action.name for action in replaced}
    parked_now = _park(services, taken, leaving, snapshot)
    for action in replaced:
        users = {key.name for key in users_of(action.name, snapshot)}
        down = sorted(users & parked_now)
        notes = (*action.notes, f"stopped meanwhile: {', '.join(down)}") if down else action.notes
        after = frozenset(Key(Kind.SERVICE, name) for name in users)
        networks.actions[networks.actions.index(action)] = replace(action, after=after, notes=notes)


def put_back(services: Part, snapshot: Snapshot, suspended: Collection[str]) -> None:
    """Give parked services their tasks and networks back, even if their file can't be written."""
    planned = {action.name for action in services.actions}
    for name in {key.name for key in services.holds if key.kind is Kind.SERVICE} - planned - set(suspended):
        found = snapshot.services.get(name)
        note = parked(found.spec) if found else None
        if found is None or note is None or note.done:
            continue
        spec = resumed(found.spec)
        after = frozenset(Key(Kind.NETWORK, each["Target"]) for each in attachments(spec))
        reason = "was stopped while its network was replaced: it starts again as it was"
        changes = _changes(found.spec, spec, note.names)
        services.actions.append(
            Action(
                Key(Kind.SERVICE, name),
                stack_of(found.spec),
                Verb.UPDATE,
                reason,
                restarts_tasks=True,
                changes=changes,
                spec=spec,
                observed=found,
                after=after,
            )
        )


def _withhold(networks: Part, replaced: list[Action], action: Action, cause: Cause, why: str) -> None:
    networks.actions.remove(action)
    replaced.remove(action)
    networks.hold(action.key, cause, why)


def _park(services: Part, networks: Collection[str], leaving: Collection[str], snapshot: Snapshot) -> set[str]:
    """Return the services that this plan parks."""
    names: set[str] = set()
    for found in snapshot.services.values():
        used = [each["Target"] for each in attachments(found.spec) if each.get("Target") in networks]
        if not used or found.name in leaving:
            continue
        spec = park(found.spec, used, done=_is_done_job(found, snapshot))
        key = Key(Kind.SERVICE, found.name)
        services.actions[:] = [action for action in services.actions if action.key != key]
        services.actions.append(
            Action(
                key,
                stack_of(found.spec),
                Verb.UPDATE,
                f"stopped while network {', '.join(used)} is replaced",
                restarts_tasks=True,
                changes=_changes(found.spec, spec, used),
                spec=spec,
                observed=found,
            )
        )
        names.add(found.name)
    return names


def _changes(before: dict[str, object], now: dict[str, object], networks: Collection[str]) -> tuple[Change, ...]:
    def there(spec: dict[str, object], network: str) -> str | None:
        return "attached" if any(each.get("Target") == network for each in attachments(spec)) else None

    of_networks = [Change(f"networks.{name}", there(before, name), there(now, name)) for name in networks]
    numbers = [get(spec, ("Mode", "Replicated", "Replicas")) for spec in (before, now)]
    of_tasks = [Change("deploy.replicas", *numbers)] if numbers[0] != numbers[1] else []
    return tuple(each for each in (*of_tasks, *of_networks) if each.before != each.after)


def _is_busy_job(service: ObservedService, snapshot: Snapshot) -> bool:
    tasks = snapshot.tasks.get(service.id, ())
    return is_job(service.spec) and any(task.iteration == service.iteration and task.state in BUSY for task in tasks)


def _is_done_job(service: ObservedService, snapshot: Snapshot) -> bool:
    """Say whether the last run of a job has ended, so that it needn't run again."""
    note = parked(service.spec)
    if note is not None:
        return note.done
    if not is_job(service.spec):
        return False
    run = [task for task in snapshot.tasks.get(service.id, ()) if task.iteration == service.iteration]
    ended = sum(task.state is TaskState.COMPLETE for task in run)
    if mode(service.spec) == "global-job":
        return bool(run) and ended == len({task.node_id for task in run})
    numbers = get(service.spec, ("Mode", "ReplicatedJob")) or {}
    return ended >= int(numbers.get("TotalCompletions") or numbers.get("MaxConcurrent") or 1)
