"""Faults that Swarm doesn't fix in a service that is as desired: tasks cut off, rollouts that a lost node holds up."""

from __future__ import annotations

import copy

from reconciler import labels
from reconciler.desired.model import Service, Spec
from reconciler.observed.model import Service as ObservedService
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.observed.rollouts import blamed, delay, lost, on_lost_node
from reconciler.plan.model import Action, Change, Key, Kind, Verb
from reconciler.spec.paths import get, mode

PATIENCE = 3.0
"""Seconds without progress, beyond Swarm's own delay between two steps, before a rollout is begun again. Short: when
the node comes back, the updater counts its task as failed, and pauses or rolls back."""
BEFORE_RUNNING = frozenset(list(TaskState)[: list(TaskState).index(TaskState.RUNNING)])
"""States of a task that isn't running yet."""


def fix(service: Service, observed: ObservedService, snapshot: Snapshot) -> Action | None:
    """Return the action that a service needs though nothing differs, if any."""
    if is_job(observed.spec):
        return None
    if (update := observed.update) and update.state == "updating":
        return _go_on(service, observed, snapshot)
    if update and update.state == "paused":
        return _resume(service, observed, snapshot) or _replace_cut_off_tasks(service, observed, snapshot)
    return None if observed.rolling else _replace_cut_off_tasks(service, observed, snapshot)


def is_job(spec: Spec) -> bool:
    return mode(spec).endswith("job")


def _written(service: Service, observed: ObservedService, spec: Spec, reason: str, change: Change) -> Action:
    key = Key(Kind.SERVICE, service.name)
    return Action(
        key,
        service.stack,
        Verb.UPDATE,
        reason,
        restarts_tasks=True,
        changes=(change,),
        spec=spec,
        observed=observed,
    )


def _replace_cut_off_tasks(service: Service, observed: ObservedService, snapshot: Snapshot) -> Action | None:
    """Replace tasks that were cut off. A container that was disconnected from a network of its service runs on,
    healthy but unreachable, and Swarm doesn't notice. After reconnecting, it wouldn't be found by name (engine
    20.10), so its task has to be replaced."""
    count = get(observed.spec, ("TaskTemplate", "ForceUpdate")) or 0
    cut_off = [task.id for task in snapshot.tasks.get(observed.id, ()) if _is_cut_off(task, count, snapshot)]
    if not cut_off:
        return None
    spec = copy.deepcopy(observed.spec)
    spec["TaskTemplate"]["ForceUpdate"] = count + 1
    reason = f"task {', '.join(cut_off)} was disconnected from a network of its service"
    return _written(service, observed, spec, reason, Change("force_update", count, count + 1))


def _is_cut_off(task: Task, count: int, snapshot: Snapshot) -> bool:
    """Say whether a task is cut off. Only tasks of the last ``ForceUpdate`` count: earlier ones are already being
    replaced."""
    runs = task.state is TaskState.RUNNING and task.desired_state is TaskState.RUNNING
    if not runs or task.id not in snapshot.attached or (task.spec.get("ForceUpdate") or 0) != count:
        return False
    wanted = {network.get("Target") for network in task.spec.get("Networks") or []}
    return not wanted <= snapshot.attached[task.id]


def _go_on(service: Service, observed: ObservedService, snapshot: Snapshot) -> Action | None:
    """Continue a rollout whose task was on a node that was lost while the task started. The task gets a successor
    elsewhere, but the updater waits for the lost task to run until the node is back (SwarmKit, ``updater.go``,
    ``updateTask``; seen on engine 20.10)."""
    tasks = snapshot.tasks.get(observed.id, ())
    began = (observed.update.started_at if observed.update else None) or 0.0
    waits_for = [task.id for task in tasks if task.created_at >= began and _is_lost_at_start(task, snapshot)]
    moved = max([observed.updated_at, began, *(task.status_at for task in tasks)])
    still = snapshot.at - moved
    if not waits_for or any(map(_is_starting, tasks)) or still < delay(observed) + PATIENCE:
        return None
    return _begun_again(service, observed, waits_for[0], f"waits for task {', '.join(waits_for)}, whose node was lost")


def _resume(service: Service, observed: ObservedService, snapshot: Snapshot) -> Action | None:
    """Resume a rollout that Swarm paused for a task that didn't fail: its node was lost, or came back. As with every
    write during a rollout, starting tasks are waited for first."""
    tasks = snapshot.tasks.get(observed.id, ())
    task = blamed(observed.update.message if observed.update else "", tasks)
    if task is None or not lost(task, snapshot) or any(map(_is_starting, tasks)):
        return None
    return _begun_again(service, observed, task.id, f"was paused for task {task.id}, which was lost with its node")


def _begun_again(service: Service, observed: ObservedService, task: str, why: str) -> Action:
    """Begin a rollout again: any write does that, so write a label of ours. From then on a rollback returns to this
    spec, because Swarm keeps only the spec before the last write."""
    spec = copy.deepcopy(observed.spec)
    before = labels.of(spec, labels.LOST) or None
    spec["Labels"] = {**(spec.get("Labels") or {}), labels.LOST: task}
    change = Change(f"deploy.labels.{labels.LOST}", before, task)
    return _written(service, observed, spec, f"the rollout {why}: it is begun again", change)


def _is_lost_at_start(task: Task, snapshot: Snapshot) -> bool:
    """Say whether a task on a node that is down was given up before it ran or ended."""
    given_up = task.desired_state is TaskState.SHUTDOWN and task.state in BEFORE_RUNNING
    return given_up and on_lost_node(task, snapshot)


def _is_starting(task: Task) -> bool:
    return task.desired_state in {TaskState.READY, TaskState.RUNNING} and task.state in BEFORE_RUNNING
