"""What Swarm doesn't mend by itself in a service that is as desired: tasks cut off, rollouts that a lost node holds."""

from __future__ import annotations

import copy

from reconciler import labels
from reconciler.desired.model import Service, Spec
from reconciler.observed.model import Service as ObservedService
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.plan.canonical import get, mode
from reconciler.plan.model import Action, Change, Key, Kind, Verb

PATIENCE = 10.0
"""Seconds without any step, on top of those that Swarm itself lets pass, after which a rollout counts as stopped."""
MONITOR = 5e9
"""Nanoseconds for which Swarm watches each new task where the spec doesn't say (SwarmKit, ``api/defaults``)."""
BEFORE_RUNNING = frozenset(list(TaskState)[: list(TaskState).index(TaskState.RUNNING)])
"""States of a task that is on its way to run."""


def mend(service: Service, observed: ObservedService, snapshot: Snapshot) -> Action | None:
    """What is to be done to a service though nothing differs, if anything."""
    if is_job(observed.spec):
        return None
    if observed.rolling:
        return _go_on(service, observed, snapshot)
    return _replace_cut_off_tasks(service, observed, snapshot)


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
    """A container that was disconnected from a network of its service runs on, healthy and out of reach, and Swarm
    doesn't notice. Connected again it wouldn't be found by name (engine 20.10), so its task has to be replaced."""
    count = get(observed.spec, ("TaskTemplate", "ForceUpdate")) or 0
    cut_off = [task.id for task in snapshot.tasks.get(observed.id, ()) if _is_cut_off(task, count, snapshot)]
    if not cut_off:
        return None
    spec = copy.deepcopy(observed.spec)
    spec["TaskTemplate"]["ForceUpdate"] = count + 1
    reason = f"task {', '.join(cut_off)} was disconnected from a network of its service"
    return _written(service, observed, spec, reason, Change("force_update", count, count + 1))


def _is_cut_off(task: Task, count: int, snapshot: Snapshot) -> bool:
    """Of the tasks of the last ``ForceUpdate`` only: those of earlier ones are on their way out already."""
    runs = task.state is TaskState.RUNNING and task.desired_state is TaskState.RUNNING
    if not runs or task.id not in snapshot.attached or (task.spec.get("ForceUpdate") or 0) != count:
        return False
    wanted = {network.get("Target") for network in task.spec.get("Networks") or []}
    return not wanted <= snapshot.attached[task.id]


def _go_on(service: Service, observed: ObservedService, snapshot: Snapshot) -> Action | None:
    """A node that is lost while a task starts there stops the rollout: the task gets its successor elsewhere, but the
    updater goes on waiting for that very task to run, until the node is back (SwarmKit, ``updater.go``,
    ``updateTask``; seen on engine 20.10). Any write begins the rollout anew, so a label of ours is written. A rollback
    goes no further back than to this spec from then on: Swarm keeps one spec before the last write, and no more."""
    update = observed.update
    if update is None or update.state != "updating":
        return None
    tasks = snapshot.tasks.get(observed.id, ())
    lost = [task.id for task in tasks if _is_lost_at_start(task, update.started_at or 0.0, snapshot)]
    starting = [task for task in tasks if _is_starting(task)]
    moved = max([observed.updated_at, update.started_at or 0.0, *(task.status_at for task in tasks)])
    if not lost or starting or snapshot.at - moved < _pace(observed.spec) + PATIENCE:
        return None
    spec = copy.deepcopy(observed.spec)
    before = labels.of(spec, labels.LOST) or None
    spec["Labels"] = {**(spec.get("Labels") or {}), labels.LOST: lost[0]}
    reason = f"the rollout waits for task {', '.join(lost)}, whose node was lost: it is begun again"
    return _written(service, observed, spec, reason, Change(f"deploy.labels.{labels.LOST}", before, lost[0]))


def _is_lost_at_start(task: Task, since: float, snapshot: Snapshot) -> bool:
    """Whether a task of this rollout, given up since, hasn't come to run, nor to an end, on a node that is down."""
    node = snapshot.nodes.get(task.node_id)
    down = bool(task.node_id) and (node is None or node.state == "down")
    return (
        down and task.created_at >= since and task.desired_state is TaskState.SHUTDOWN and task.state in BEFORE_RUNNING
    )


def _is_starting(task: Task) -> bool:
    return task.desired_state in {TaskState.READY, TaskState.RUNNING} and task.state in BEFORE_RUNNING


def _pace(spec: Spec) -> float:
    """Seconds that Swarm may let pass between two steps."""
    pace = spec.get("UpdateConfig") or {}
    return float((pace.get("Delay") or 0) + (pace.get("Monitor") or MONITOR)) / 1e9
