"""Memory of specs that Swarm rolled back: they are tried again only when desired state changes, or on force."""

from __future__ import annotations

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.model import Service
from reconciler.observed.model import Service as ObservedService
from reconciler.observed.model import Snapshot, TaskState
from reconciler.plan.attempts import is_attempt, is_rolled_back, rolled_back
from reconciler.plan.canonical import differences
from reconciler.plan.comparison import Comparison
from reconciler.plan.contents import Placed
from reconciler.plan.draft import Part, Rules, labelled, paths
from reconciler.plan.model import Action, Change, Key, Kind, Verb
from reconciler.plan.references import lost

BY_HAND = "by hand (docker service rollback)"
MOST_PATHS = 10
"""Number of changed fields that are named; beyond it only their count is given."""


def held_by_rollback(
    part: Part, service: Service, compared: Comparison, placed: Placed, snapshot: Snapshot, rules: Rules
) -> bool:
    """Say whether exactly this spec was rolled back, by Swarm or by hand. ``UpdateStatus`` says so only until
    anybody's next write to the service, so a label remembers it."""
    observed, key = compared.observed, Key(Kind.SERVICE, service.name)
    if rules.forced:
        return False
    what = f"it changed {paths(compared.changes, MOST_PATHS)}"
    remembered, _, why = labels.of(observed.spec, labels.ROLLED_BACK).partition(" ")
    if remembered and is_rolled_back(remembered, service, compared, placed):
        part.hold(key, Cause.ROLLED_BACK, f"{why}: {what}")
        return True
    state = observed.update.state if observed.update else ""
    gone = sorted(lost(observed.spec, snapshot))
    by_hand = _is_by_hand(service, compared)
    tried = state.startswith("rollback_") and is_attempt(
        labels.of(observed.spec, labels.ATTEMPT), service, compared, placed
    )
    if not (by_hand or tried) or (by_hand and gone):  # a spec that can't run is no spec to stay at
        return False
    why = BY_HAND if by_hand else _why(observed, snapshot)
    if gone:
        why = f"{why}, to a spec whose {gone[0]} is gone"
    if state != "rollback_completed":
        part.hold(key, Cause.ROLLING_BACK, f"{why}: {what}")
        return True
    part.hold(key, Cause.ROLLED_BACK, f"{why}: {what}")
    if gone:  # Swarm refuses every write of such a spec, so nothing can be noted
        return True
    before = labels.of(observed.spec, labels.ROLLED_BACK) or None
    part.actions.append(
        Action(
            key,
            service.stack,
            Verb.UPDATE,
            "Swarm rolled this very spec back: that is noted on the service",
            changes=(Change(f"deploy.labels.{labels.ROLLED_BACK}", before, why),),
            spec=labelled(observed.spec, {}),
            observed=observed,
            seals={labels.ROLLED_BACK: rolled_back(service, compared, placed, rules, why)},
        )
    )
    return True


def _is_by_hand(service: Service, compared: Comparison) -> bool:
    """Say whether a user took this spec back by ``docker service rollback``: then it is the previous spec. After its
    own rollback Swarm keeps no previous spec."""
    state = compared.observed.update.state if compared.observed.update else ""
    previous = compared.observed.previous_spec
    if not state.startswith("rollback_") or previous is None:
        return False
    return not differences(compared.spec, previous, service.options.ignore)


def _why(observed: ObservedService, snapshot: Snapshot) -> str:
    """Return why Swarm rolled back. Once done it only says "rollback completed" (SwarmKit, ``updater.go``,
    ``completeUpdate``); then the reason is the first failed task that was made since the update began."""
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
