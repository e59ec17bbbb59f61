"""The memory of specs that Swarm rolled back: they aren't tried again until desired state changes, or on force."""

from __future__ import annotations

import copy

from reconciler import labels
from reconciler.desired.model import Service, Spec
from reconciler.observed.model import Service as ObservedService
from reconciler.observed.model import Snapshot, TaskState
from reconciler.plan.canonical import fingerprint, get
from reconciler.plan.compared import Comparison
from reconciler.plan.draft import Part, Rules, labelled, paths
from reconciler.plan.model import Action, Change, Key, Kind, Verb

MOST_PATHS = 10
"""So many fields that a spec changed are named; of more the number is given."""


def held_by_rollback(part: Part, service: Service, compared: Comparison, snapshot: Snapshot, rules: Rules) -> bool:
    """Whether Swarm rolled this very spec back. Its ``UpdateStatus`` says so only until the next write of anybody
    to the service, hence the label."""
    observed = compared.observed
    present = observed.spec.get("Labels") or {}
    tried, _, why = str(present.get(labels.ROLLED_BACK, "")).partition(" ")
    key, this = Key(Kind.SERVICE, service.name), mark(service, compared.spec)
    if rules.forced:
        return False
    what = f"it changed {paths(compared.changes, MOST_PATHS)}"
    if tried == this:
        part.rolled_back[service.name] = f"{why}: {what}"
        again = "it is tried again when the file changes or on force"
        part.hold(key, f"Swarm rolled this very spec back: {why}: {what}; {again}")
        return True
    state = observed.update.state if observed.update else ""
    if present.get(labels.ATTEMPT) != this or not state.startswith("rollback_"):
        return False
    why = _why(observed, snapshot)
    if state != "rollback_completed":
        part.hold(key, f"Swarm is rolling this spec back: {why}: {what}")
        return True
    part.rolled_back[service.name] = f"{why}: {what}"
    part.actions.append(
        Action(
            key,
            service.stack,
            Verb.UPDATE,
            "Swarm rolled this very spec back: that is noted on the service",
            changes=(Change(f"deploy.labels.{labels.ROLLED_BACK}", present.get(labels.ROLLED_BACK), this),),
            spec=labelled(observed.spec, {labels.ROLLED_BACK: f"{this} {why}"}),
            observed=observed,
        )
    )
    return True


def mark(service: Service, spec: Spec) -> str:
    """Tells a spec that was tried. Of a tag that isn't tracked the digest doesn't count: only a process that just
    asked a registry knows it, and the next one has to recognise what this one tried."""
    if service.options.image_policy == "track":
        return fingerprint(spec)
    plain = copy.deepcopy(spec)
    plain["TaskTemplate"]["ContainerSpec"]["Image"] = get(service.spec, ("TaskTemplate", "ContainerSpec", "Image"))
    return fingerprint(plain)


def _why(observed: ObservedService, snapshot: Snapshot) -> str:
    """Swarm's words. Once it is done it says "rollback completed" and no more (SwarmKit, ``updater.go``,
    ``completeUpdate``): then the first task that was made since the update began, and failed, is the reason."""
    update = observed.update
    if update is None or update.state != "rollback_completed" or update.started_at is None:
        return update.message if update else ""
    failed = [
        task
        for task in snapshot.tasks.get(observed.id, ())
        if task.state in {TaskState.FAILED, TaskState.REJECTED} and task.created_at >= update.started_at
    ]
    if not failed:
        return update.message
    return f"update rolled back due to failure of task {min(failed, key=lambda task: task.status_at).id}"
