"""View of a service that exists: its slots, its counts, and the progress of its rollout."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from math import inf

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.causes.words import say
from reconciler.desired.model import Service
from reconciler.observed import model as observed
from reconciler.observed.model import ENDED, Probed, Snapshot, Task, TaskState
from reconciler.observed.parking import Parked, parked, resumed
from reconciler.observed.rollouts import delay, grace, monitor
from reconciler.records import dataclass
from reconciler.verdict.eligible_nodes import eligible
from reconciler.verdict.model import Judgement
from reconciler.verdict.placement import explain, looks_at_others, unallocated
from reconciler.verdict.slots import CRASH_WINDOW, PATIENCE_WITH_NODES, Slot, slot_of
from reconciler.verdict.tasks import WANTED, by_slot, cause_of, current, named, stale, words

STOPPABLE = frozenset({TaskState.STARTING, TaskState.RUNNING})
"""States of a task that may have a container."""
MARGIN = 0.001
"""Seconds of tolerance: sums of times are no more exact than that."""


@dataclass(frozen=True)
class ServiceView:
    """A service that exists. Values that several checks use are computed once."""

    wanted: Service
    found: observed.Service
    snapshot: Snapshot
    blank: Judgement

    @property
    def tasks(self) -> tuple[Task, ...]:
        return self.snapshot.tasks.get(self.found.id, ())

    @cached_property
    def mode(self) -> str:
        return str(next(iter(self.found.spec.get("Mode") or {"Replicated": {}})))

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        grouped = by_slot(self.tasks, by_node=self.mode in {"Global", "GlobalJob"})
        if self.mode in {"Global", "GlobalJob"}:
            nodes = eligible(self.found, self.snapshot)
            grouped = {node: grouped.get(node, ()) for node in sorted(nodes)}
        slots = [slot_of(tasks, self.found, self.snapshot) for tasks in grouped.values()]
        surplus = max(0, len(slots) - self.desired)
        retired = [slot for slot in slots if slot.given_up()][:surplus] if self.mode == "Replicated" else []
        return tuple(slot for slot in slots if slot not in retired)  # a scale-down leaves slots that want no task

    @property
    def parked(self) -> Parked | None:
        return parked(self.found.spec)

    @cached_property
    def desired(self) -> int:
        if note := self.parked:
            as_before = replace(self.found, spec=resumed(self.found.spec))
            return len(eligible(as_before, self.snapshot)) if self.mode.startswith("Global") else note.wanted
        mode = (self.found.spec.get("Mode") or {}).get(self.mode) or {}
        if self.mode == "Replicated":
            return int(mode.get("Replicas", 1))
        if self.mode == "ReplicatedJob":
            return int(mode.get("TotalCompletions") or mode.get("MaxConcurrent") or 1)
        return len(eligible(self.found, self.snapshot))

    @cached_property
    def counted(self) -> Judgement:
        """Return the counts, without a verdict."""
        slots = self.slots
        ages = [slot.age for slot in slots if slot.running]
        return replace(
            self.blank,
            desired=self.desired,
            running=len(ages),
            ready=sum(self._is_ready(slot) for slot in slots if slot.running),
            passing=sum(self._passes(slot) for slot in slots if slot.running),
            task_age=min(ages) if ages else None,
            rolling=self._rolling,
        )

    def _is_ready(self, slot: Slot) -> bool:
        """Say whether a slot is ready. If its probe can't be tried, age alone decides."""
        probed = self._probed(slot)
        vouched = not self.wanted.options.probe or (probed is not None and probed.passed is not False)
        return vouched and slot.age >= self.wanted.options.min_task_age

    def _passes(self, slot: Slot) -> bool:
        probed = self._probed(slot)
        return not self.wanted.options.probe or bool(probed and probed.passed)

    def _probed(self, slot: Slot) -> Probed | None:
        return self.snapshot.probed.get(slot.running.id) if slot.running else None

    def _blind(self, slot: Slot) -> Probed | None:
        """Return the probe result of a slot whose probe can't be tried from here."""
        probed = self._probed(slot) if self.wanted.options.probe else None
        return probed if probed and probed.passed is None else None

    @property
    def _leftovers(self) -> list[Task]:
        """Return tasks of another spec that still run and aren't told to stop: the rollout hasn't reached them yet."""
        running = [task for task in self.tasks if task.state is TaskState.RUNNING and task.desired_state in WANTED]
        if self.mode == "Global":  # a paused node keeps its task
            running = [task for task in running if task.node_id in eligible(self.found, self.snapshot)]
        return [task for task in running if not current(task, self.found) and not stale(task, self.snapshot)]

    @property
    def _rolling(self) -> bool:
        """Say whether tasks of one spec are replacing those of another."""
        return bool(self._leftovers) or (self.found.rolling and not self._waits_for_a_lost_node)

    @property
    def _waits_for_a_lost_node(self) -> bool:
        """Say whether only a lost node keeps Swarm from ending the rollout: every wanted slot has had its task for
        longer than Swarm monitors it. Seen on 20.10, for a global service whose rollout a new leader took over: it
        stays ``updating`` until the node comes back."""
        lost = any(node.state != "ready" for node in self.snapshot.nodes.values())
        return lost and self._whole and self.snapshot.at >= self._last_step() + monitor(self.found) + delay(self.found)

    @property
    def _whole(self) -> bool:
        """Say whether every wanted slot has a task that is ready, and no other task is left."""
        ready = [slot for slot in self.slots if slot.running and self._is_ready(slot)]
        return len(ready) >= self.desired and not self._leftovers

    @cached_property
    def drain(self) -> float:
        """Return the longest stop timeout, in seconds, of stopping tasks of another spec. Until they end, no
        progress is seen."""
        stopping = [task for task in self.tasks if task.state in STOPPABLE and task.desired_state not in WANTED]
        others = [task for task in stopping if not current(task, self.found) and not stale(task, self.snapshot)]
        return max(map(grace, others), default=0.0)

    def _last_step(self) -> float:
        update = self.found.update
        steps = [self.found.created_at, self.found.updated_at, (update.started_at or 0.0) if update else 0.0]
        steps += [slot.running.status_at for slot in self.slots if slot.running]
        steps += [task.status_at for task in self.tasks if task.state in ENDED and not current(task, self.found)]
        steps += [slot.since(self.wanted.options.ready_timeout) for slot in self.slots if not slot.running]
        return max(steps)

    @property
    def holds_until(self) -> float:
        """Return until when, by the clock of the Snapshot, time alone changes nothing in the judgement except ages.
        Infinite if every task has reached its minimum age and no deadline runs."""
        now, options, last = self.snapshot.at, self.wanted.options, self._last_step()
        step = delay(self.found)
        rollout = options.progress_deadline + step + self.drain
        waits = (options.ready_timeout, rollout, monitor(self.found) + step)
        moments = [last + wait for wait in waits]
        for slot in self.slots:
            moments += [crash.status_at + CRASH_WINDOW for crash in slot.crashes]
            moments += [now - slot.age + options.min_task_age] if slot.running else []
            moments += [slot.newest.created_at + PATIENCE_WITH_NODES] if slot.newest else []
        return min((moment for moment in moments if moment >= now - MARGIN), default=inf) - MARGIN

    @property
    def looks_at_others(self) -> bool:
        """Say whether the judgement depends on other services: a task waits for something that they may use."""
        waiting = {TaskState.NEW, TaskState.PENDING}
        waits = not self.desired or any(slot.newest and slot.newest.state in waiting for slot in self.slots)
        return waits and looks_at_others(self.found)

    def _step(self, counted: Judgement) -> Facts:
        """Return how far the service has come, and what it waits for."""
        update = self.found.update
        going_back = update.message if update and update.state == "rollback_started" else ""
        facts = Facts(running=counted.running, desired=counted.desired, hint=going_back)
        missing = next((slot for slot in self.slots if not slot.running), None)
        if missing is None:
            young = sum(slot.age < self.wanted.options.min_task_age for slot in self.slots)
            return self._unproved(replace(facts, young=young, age=self.wanted.options.min_task_age))
        if missing.stale_since is not None:
            return replace(facts, stale=True, because=Cause.NODE_LOST)
        newest = missing.newest
        if newest is None:
            return facts
        if newest.state is TaskState.STARTING and has_health_check(self.wanted):
            return replace(facts, checking=True, because=Cause.UNHEALTHY)
        why = self._unplaced(missing)
        because = why.cause if why else self._cause_of(newest)
        said = say(why) if why else newest.error
        return replace(facts, place=self._place(missing), state=str(newest.state), said=said, because=because)

    def _unproved(self, facts: Facts) -> Facts:
        """Add the probe that hasn't passed yet to the facts."""
        waiting = [(slot, self._probed(slot)) for slot in self.slots if not self._passes(slot)]
        if not waiting:
            return facts
        slot, probed = waiting[0]
        said = probed.words if probed else ""
        return replace(facts, place=self._place(slot), probe=str(self.wanted.options.probe), said=said)

    def _unplaced(self, slot: Slot) -> Finding | None:
        """Return why no node takes the slot's task, if the engine says that none does, or why the task stays New."""
        newest = slot.newest
        if newest is not None and newest.state is TaskState.NEW:
            return unallocated(self.found, self.snapshot)
        waiting = newest is not None and newest.state is TaskState.PENDING and newest.error
        return explain(newest, self.found, self.snapshot) if newest and waiting else None

    def _cause_of(self, task: Task) -> Cause | None:
        return cause_of(task, self.snapshot)

    def _place(self, slot: Slot) -> str:
        """Return ``slot 2``, or ``node host1`` for a service that has one task on each node."""
        task = slot.newest
        if task is None or not self.mode.startswith("Global"):
            return f"slot {task.slot}" if task else "a slot"
        node = self.snapshot.nodes.get(task.node_id)
        return f"node {node.hostname or node.id}" if node else "a lost node"

    def _said(self, task: Task) -> str:
        return f"{named(task, self.found.name, self.snapshot)}: {words(task)}"


def has_health_check(service: Service) -> bool:
    container = (service.spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}
    test = (container.get("Healthcheck") or {}).get("Test")
    return bool(test) and test != ["NONE"]
