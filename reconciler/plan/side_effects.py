"""Side effects of an action: runs of jobs, downtime, data that is left behind, volumes that begin empty."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from reconciler.desired.model import Spec
from reconciler.observed.model import Snapshot
from reconciler.observed.parking import parked
from reconciler.plan.model import Action, Effect, Kind, SideEffect, Verb
from reconciler.plan.stalled_services import is_job
from reconciler.plan.volumes import Loss, empty, used
from reconciler.spec.paths import get, mode
from reconciler.spec.service import NO_ROLLOUT


def announced(actions: Sequence[Action], lost: Sequence[Loss], snapshot: Snapshot) -> list[Action]:
    """Return the actions, each with its side effects."""
    known = used(snapshot) if actions else frozenset()
    return [
        replace(action, effects=(*action.effects, *_effects(action, lost, known)))
        if action.kind is Kind.SERVICE
        else action
        for action in actions
    ]


def _effects(action: Action, lost: Sequence[Loss], known: Collection[str]) -> Iterator[SideEffect]:
    spec, writes = action.spec or {}, action.verb is not Verb.ADOPT and action.spec is not None
    note = parked(spec)
    if writes and is_job(spec) and note is None:
        yield SideEffect(Effect.JOB_RUN, "runs the job" if action.observed is None else "runs the job again")
    if down := _downtime(action, spec):
        yield SideEffect(Effect.DOWNTIME, down)
    mine = [loss for loss in lost if loss.key == action.key]
    for loss in mine:
        words = f"volume {loss.volume} stays behind with its data, and no service uses it any more"
        yield SideEffect(Effect.DATA_LEFT, words)
    if lost or action.observed is not None:
        for volume in empty(action, known):
            yield SideEffect(Effect.DATA_EMPTY, f"volume {volume} is new: it begins empty")


def _downtime(action: Action, spec: Spec) -> str:
    if is_job(spec):
        return ""
    if parked(spec):
        return "is down until the network is there again"
    if action.verb is Verb.REPLACE:
        return "is down from its removal until its new tasks run"
    if action.verb is Verb.UPDATE and action.restarts_tasks and _all_at_once(spec):
        return "is down while its tasks restart: all of them stop before the new ones start (`order: stop-first`)"
    return ""


def _all_at_once(spec: Spec) -> bool:
    """Say whether a rollout stops every task before the first new one runs."""
    config = spec.get("UpdateConfig") or NO_ROLLOUT
    at_once = int(config.get("Parallelism") or 0)
    replicas = get(spec, ("Mode", "Replicated", "Replicas"))
    replicas = 1 if replicas is None else int(replicas)
    stops_first = config.get("Order") != "start-first" and mode(spec) == "replicated"
    return stops_first and replicas > 0 and (not at_once or replicas <= at_once)
