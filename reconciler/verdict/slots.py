"""One slot of a service (one node of a global one): whether it has the task it should have, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.causes.engine_words import is_starting_engine
from reconciler.observed.model import Service, Snapshot, Task, TaskState
from reconciler.records import dataclass
from reconciler.verdict.tasks import (
    FAILED,
    WANTED,
    age,
    counts,
    current,
    doubted_since,
    stale,
    went_with_its_engine,
)

CRASHES = 3
"""Number of tasks that end in a slot within ``CRASH_WINDOW`` seconds and so make a crash loop."""
CRASH_WINDOW = 120.0
"""Seconds."""
PATIENCE_WITH_NODES = 20.0
"""Seconds for which a task may find no suitable node before that counts: a node may just be starting, or a stopping
task may still hold a host port."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot. ``tasks`` are those of the service's current spec, newest first. Times are by the clock of the
    Snapshot."""

    tasks: tuple[Task, ...]
    running: Task | None
    age: float
    ends: tuple[Task, ...]
    """Tasks that ended though they should have gone on."""
    crashes: tuple[Task, ...]
    """Those of ``ends`` that ended by themselves."""
    stale_since: float | None
    """Since when a task is recorded as Running without confirmation from its node; None if there is no such task."""
    wanted: bool = True
    """Whether a task of the slot, of any spec, is meant to run: a rollout leaves an old task in place until its turn
    comes."""

    @property
    def newest(self) -> Task | None:
        return self.tasks[0] if self.tasks else None

    def crash_loop_until(self, now: float) -> float | None:
        """Return until when the slot counts as crash-looping; None if it doesn't. A slot that Swarm has given up
        doesn't."""
        if self.given_up():
            return None
        recent = [crash.status_at for crash in self.crashes if now - crash.status_at < CRASH_WINDOW]
        return sorted(recent, reverse=True)[CRASHES - 1] + CRASH_WINDOW if len(recent) >= CRASHES else None

    def trouble(self, now: float) -> Task | None:
        """Return the task that shows why the slot can't get a running task, if that won't pass by itself."""
        if self.running or not self.tasks:
            return None
        newest = self.tasks[0]
        waits = newest.state is TaskState.NEW or (newest.state is TaskState.PENDING and newest.error)
        if waits and now - newest.created_at > PATIENCE_WITH_NODES:
            return newest
        last = self.ends[0] if self.ends else None
        if last and last.state is TaskState.REJECTED and not is_starting_engine(last.error):
            return last
        return None

    def given_up(self) -> bool:
        """Say whether no task is wanted any more: ``max_attempts`` ran out, or the restart policy wants none."""
        return bool(self.tasks) and not self.wanted

    def done(self) -> bool:
        """Say whether the newest task ran to a good end."""
        return bool(self.tasks) and self.tasks[0].state is TaskState.COMPLETE

    def since(self, patience: float) -> float:
        """Return when the slot lost its task, or began to wait for its first. That is the first of a row of ends in
        which no task lived longer than ``patience`` seconds."""
        begin = max(self.tasks[0].created_at if self.tasks else 0.0, self.stale_since or 0.0)
        for end in self.ends:
            begin = end.status_at
            if end.status_at - end.created_at > patience:
                break
        return begin


def slot_of(tasks: Iterable[Task], service: Service, snapshot: Snapshot) -> Slot:
    """Return the slot made of ``tasks``, which may be of any spec, newest first."""
    everything = tuple(tasks)
    mine = tuple(task for task in everything if current(task, service))
    running = next((task for task in mine if counts(task, service, snapshot)), None)
    doubted = [task for task in mine if task.state is TaskState.RUNNING and stale(task, snapshot)]
    policy = (service.spec.get("TaskTemplate") or {}).get("RestartPolicy") or {}
    restart = policy.get("Condition") or "any"
    ended = FAILED | {TaskState.COMPLETE} if restart == "any" else FAILED
    ends = tuple(task for task in mine if task.state in ended)
    return Slot(
        tasks=mine,
        running=running,
        age=age(running, snapshot) if running else 0.0,
        ends=ends,
        crashes=tuple(end for end in ends if _is_crash(end, snapshot)),
        stale_since=max((doubted_since(task, snapshot) for task in doubted), default=None),
        wanted=any(task.desired_state in WANTED for task in everything) and not _is_spent(service, mine, ends),
    )


def _is_crash(end: Task, snapshot: Snapshot) -> bool:
    """Say whether a task ended by itself. A rejected task never ran: a node that comes back rejects some before it
    is healthy."""
    return end.state is not TaskState.REJECTED and not went_with_its_engine(end, snapshot)


def _is_spent(service: Service, mine: tuple[Task, ...], ends: tuple[Task, ...]) -> bool:
    """Say whether a job's last try has failed. Swarm keeps its task's desired state at Complete (SwarmKit,
    ``orchestrator/jobs``), so only the restart policy shows that no other task follows."""
    if service.iteration is None or not mine or mine[0] not in ends:
        return False
    policy = (service.spec.get("TaskTemplate") or {}).get("RestartPolicy") or {}
    return policy.get("Condition") == "none" or 0 < (policy.get("MaxAttempts") or 0) < len(ends)
