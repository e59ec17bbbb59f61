"""Is a service as desired, and if not, why not. Pure: the same input gives the same judgement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.desired.model import Service
from reconciler.observed import model as observed
from reconciler.observed.model import Probed, Snapshot, Task, TaskState
from reconciler.verdict.model import Circumstances, Judgement, Verdict
from reconciler.verdict.nodes import eligible
from reconciler.verdict.placement import explain, nowhere
from reconciler.verdict.slots import CRASH_WINDOW, CRASHES, Slot, slot_of
from reconciler.verdict.tasks import WANTED, blamed, by_slot, current, named, stale, words

ROLLING = frozenset({"updating", "rollback_started"})
"""States of an ``UpdateStatus`` while Swarm replaces tasks."""


def judge(service: Service, snapshot: Snapshot, circumstances: Circumstances) -> Judgement:
    """The verdict on ``service``, at ``snapshot.at``. DESIGN rules 12-15."""
    blank = Judgement(
        service.name,
        service.stack,
        Verdict.MISSING,
        "not there yet",
        has_health_check=_has_health_check(service) or service.options.probe is not None,
        suspended=bool(circumstances.suspended),
        outdated=circumstances.restarting,
    )
    found = snapshot.services.get(service.name)
    if found is None:
        judgement = _held(blank, circumstances) or blank
    else:
        case = _Case(service, found, snapshot, blank)
        judgement = case.rolled_back(circumstances) or _held(case.counted, circumstances) or case.verdict()
    if not circumstances.suspended:
        return judgement
    return replace(judgement, reason=f"{judgement.reason}; {circumstances.suspended}")


def _held(blank: Judgement, circumstances: Circumstances) -> Judgement | None:
    """The verdict where desired state hasn't been written yet."""
    if circumstances.failure:
        reason = circumstances.failure if circumstances.disputed else f"can't be written: {circumstances.failure}"
        return replace(
            blank,
            verdict=Verdict.DEGRADED,
            reason=reason,
            error=circumstances.failure,
            recheck_at=circumstances.retry_at,
        )
    if circumstances.waiting_for:
        return replace(blank, verdict=Verdict.WAITING, reason=f"waits for {circumstances.waiting_for}")
    if circumstances.pending and circumstances.pending != ("create",):
        reason = f"to be updated: {', '.join(circumstances.pending)}"
        return replace(blank, verdict=Verdict.PROGRESSING, reason=reason)
    return None


@dataclass(frozen=True)
class _Case:
    """A service that is there. What the checks share is worked out once."""

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
        return tuple(slot for slot in slots if slot not in retired)  # a scale-down leaves slots that want nothing

    @cached_property
    def desired(self) -> int:
        mode = (self.found.spec.get("Mode") or {}).get(self.mode) or {}
        if self.mode == "Replicated":
            return int(mode.get("Replicas", 1))
        if self.mode == "ReplicatedJob":
            return int(mode.get("TotalCompletions") or mode.get("MaxConcurrent") or 1)
        return len(eligible(self.found, self.snapshot))

    @cached_property
    def counted(self) -> Judgement:
        """The numbers, without a verdict."""
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
        """Where nobody can try its probe, age alone decides."""
        probed = self._probed(slot)
        vouched = not self.wanted.options.probe or (probed is not None and probed.passed is not False)
        return vouched and slot.age >= self.wanted.options.min_task_age

    def _passes(self, slot: Slot) -> bool:
        probed = self._probed(slot)
        return not self.wanted.options.probe or bool(probed and probed.passed)

    def _probed(self, slot: Slot) -> Probed | None:
        return self.snapshot.probed.get(slot.running.id) if slot.running else None

    def rolled_back(self, circumstances: Circumstances) -> Judgement | None:
        """With the words, and the last log lines, of the task that Swarm gave as the reason."""
        why = circumstances.rolled_back
        if not why:
            return None
        suspect = blamed(why, self.tasks)
        error = self._said(suspect) if suspect else why
        judgement = replace(self.counted, verdict=Verdict.ROLLED_BACK, reason=f"Swarm rolled this spec back: {why}")
        return replace(judgement, error=error, suspect=suspect.id if suspect and suspect.container_id else None)

    def verdict(self) -> Judgement:
        if self.mode.endswith("Job"):
            return self._job()
        checks: tuple[Callable[[], Judgement | None], ...] = (
            self._nothing_wanted,
            self._stopped_rollout,
            self._crash_loop,
            self._trouble,
            self._given_up,
            self._sick,
            self._ready,
        )
        return next((found for check in checks if (found := check())), None) or self._progressing()

    def _nothing_wanted(self) -> Judgement | None:
        if self.desired:
            return None
        if self.mode == "Replicated":
            return replace(self.counted, verdict=Verdict.READY, reason="scaled to 0")
        reason = nowhere(self.found, self.snapshot)
        return replace(self.counted, verdict=Verdict.DEGRADED, reason=reason, error=reason)

    def _stopped_rollout(self) -> Judgement | None:
        update = self.found.update
        if update and update.state in {"paused", "rollback_paused"}:
            suspect = blamed(update.message, self.tasks)
            counted = self.counted
            reason = f"{'going back' if update.state == 'rollback_paused' else 'the rollout'} is paused"
            return self._degraded(f"{reason} at {counted.running}/{counted.desired}: {update.message}", suspect)
        return None

    def _crash_loop(self) -> Judgement | None:
        now = self.snapshot.at
        looping = {self._place(slot): moment for slot in self.slots if (moment := slot.crash_loop_until(now))}
        if not looping:
            return None
        ends = f"{CRASHES} ends or more within {CRASH_WINDOW:g} s"
        judgement = self._degraded(f"crash-looping in {', '.join(sorted(looping))}: {ends}")
        return replace(judgement, recheck_at=max(looping.values()))

    def _trouble(self) -> Judgement | None:
        found = [(slot, trouble) for slot in self.slots if (trouble := slot.trouble(self.snapshot.at))]
        if not found:
            return None
        slot, trouble = found[0]
        return self._degraded(f"{self._place(slot)}: {self._unplaced(slot) or trouble}")

    def _unplaced(self, slot: Slot) -> str:
        """Why no node takes the slot's task, where the engine says that none does."""
        newest = slot.newest
        waiting = newest is not None and newest.state is TaskState.PENDING and newest.error
        return explain(newest, self.found, self.snapshot) if newest and waiting else ""

    def _given_up(self) -> Judgement | None:
        slots = [slot for slot in self.slots if slot.given_up()]
        if not slots:
            return None
        if len([slot for slot in slots if slot.done()]) >= self.desired:
            return replace(self.counted, verdict=Verdict.COMPLETED, reason="ran to its end")
        if all(slot.done() for slot in slots):
            return None
        return self._degraded("its restart policy allows no more tries")

    def _sick(self) -> Judgement | None:
        """A probe that fails now, after it passed."""
        for slot in self.slots:
            probed = self._probed(slot)
            if self.wanted.options.probe and probed and probed.passed is False and probed.ever:
                return self._failing(slot, probed, "fails")
        return None

    def _failing(self, slot: Slot, probed: Probed, how: str) -> Judgement:
        words = f"its probe ({self.wanted.options.probe}) {how}: {probed.words}"
        judgement = self._degraded(f"{self._place(slot)}: {words}", slot.running)
        task = slot.running
        return replace(judgement, error=f"{named(task, self.found.name, self.snapshot)}: {words}" if task else words)

    def _ready(self) -> Judgement | None:
        update, counted = self.found.update, self.counted
        if update and update.state in ROLLING:
            return None
        if self._leftovers or counted.running < counted.desired or counted.ready < counted.desired:
            return None
        blind = next((probed for slot in self.slots if (probed := self._blind(slot))), None)
        said = f"; its probe can't be tried, so that age decides: {blind.words}" if blind else ""
        return replace(counted, verdict=Verdict.READY, reason=f"{counted.ready}/{counted.desired} running{said}")

    def _blind(self, slot: Slot) -> Probed | None:
        """A probe that can't be tried from here."""
        probed = self._probed(slot) if self.wanted.options.probe else None
        return probed if probed and probed.passed is None else None

    @property
    def _leftovers(self) -> list[Task]:
        """Tasks of another spec that still run and aren't told to stop: the rollout hasn't come to them yet."""
        running = [task for task in self.tasks if task.state is TaskState.RUNNING and task.desired_state in WANTED]
        if self.mode == "Global":  # a paused node keeps what it has
            running = [task for task in running if task.node_id in eligible(self.found, self.snapshot)]
        return [task for task in running if not current(task, self.found) and not stale(task, self.snapshot)]

    def _progressing(self) -> Judgement:
        counted, options, now = self.counted, self.wanted.options, self.snapshot.at
        patience = options.progress_deadline + self._delay if self._rolling else options.ready_timeout
        deadline = self._last_step() + patience
        if now >= deadline and (counted.running < counted.desired or self._leftovers):
            what = "no step forward" if self._rolling else "not ready"
            return self._degraded(f"{what} within {patience:g} s: {self._step(counted)}")
        for slot in self.slots:
            probed = self._probed(slot)
            if now >= deadline and self.wanted.options.probe and probed and probed.passed is False:
                return self._failing(slot, probed, f"hasn't passed within {patience:g} s")
        young = [slot.age for slot in self.slots if slot.running and slot.age < options.min_task_age]
        recheck = now + options.min_task_age - min(young) if young else deadline
        return replace(counted, verdict=Verdict.PROGRESSING, reason=self._step(counted), recheck_at=recheck)

    @property
    def _rolling(self) -> bool:
        """Whether tasks of one spec take the place of those of another."""
        update = self.found.update
        return bool(self._leftovers or (update and update.state in ROLLING))

    @property
    def _delay(self) -> float:
        """Seconds that Swarm lets pass between two steps of the rollout."""
        going_back = self.found.update and self.found.update.state == "rollback_started"
        config = self.found.spec.get("RollbackConfig" if going_back else "UpdateConfig") or {}
        return float(config.get("Delay") or 0) / 1e9

    def _last_step(self) -> float:
        update = self.found.update
        steps = [self.found.created_at, self.found.updated_at, (update.started_at or 0.0) if update else 0.0]
        steps += [slot.running.status_at for slot in self.slots if slot.running]
        steps += [slot.since(self.wanted.options.ready_timeout) for slot in self.slots if not slot.running]
        return max(steps)

    def _step(self, counted: Judgement) -> str:
        """How far it has come, in words."""
        update = self.found.update
        state = update.state if update else ""
        text = f"{counted.running}/{counted.desired} {'updated' if self._rolling else 'running'}"
        if update and state == "rollback_started":
            text = f"rolling back, {counted.running}/{counted.desired} have the old spec: {update.message}"
        lacking = next((slot for slot in self.slots if not slot.running), None)
        if lacking is None:
            young = sum(slot.age < self.wanted.options.min_task_age for slot in self.slots)
            text = f"{text}, {young} younger than {self.wanted.options.min_task_age:g} s" if young else text
            return f"{text}{self._unproved()}"
        if lacking.stale:
            return f"{text}; a task that says Running is stale"
        newest = lacking.newest
        if newest is None:
            return text
        if newest.state is TaskState.STARTING and _has_health_check(self.wanted):
            return f"{text}; its health check hasn't passed yet"
        why = self._unplaced(lacking) or newest.error
        said = f": {why}" if why else ""
        return f"{text}; newest task in {self._place(lacking)} is {newest.state}{said}"

    def _unproved(self) -> str:
        """Whose probe hasn't passed, in words."""
        waiting = [(slot, self._probed(slot)) for slot in self.slots if not self._passes(slot)]
        if not waiting:
            return ""
        slot, probed = waiting[0]
        words = probed.words if probed else "not tried yet"
        return f"; the probe ({self.wanted.options.probe}) of {self._place(slot)} hasn't passed: {words}"

    def _place(self, slot: Slot) -> str:
        """``slot 2``, or ``node host1`` of a service that has one task on each."""
        task = slot.newest
        if task is None or not self.mode.startswith("Global"):
            return f"slot {task.slot}" if task else "a slot"
        node = self.snapshot.nodes.get(task.node_id)
        return f"node {node.hostname or node.id}" if node else "a lost node"

    def _said(self, task: Task) -> str:
        return f"{named(task, self.found.name, self.snapshot)}: {words(task)}"

    def _degraded(self, reason: str, suspect: Task | None = None) -> Judgement:
        """With the words of the task that failed last; its log tells more."""
        ends = sorted((end for slot in self.slots for end in slot.ends), key=lambda task: task.status_at)
        stuck = [slot.tasks[0] for slot in self.slots if slot.tasks and not slot.running]
        suspect = suspect or (ends[-1] if ends else next(iter(stuck), None))
        return replace(
            self.counted,
            verdict=Verdict.DEGRADED,
            reason=reason,
            error=self._said(suspect) if suspect else reason,
            suspect=suspect.id if suspect and suspect.container_id else None,
        )

    def _job(self) -> Judgement:
        """Jobs (engine 20.10 on) end: ``TotalCompletions`` good ends of this iteration are wanted, one per node for
        global ones."""
        ended = [slot for slot in self.slots if slot.done()]
        counted = replace(self.counted, ready=len(ended))
        if len(ended) >= self.desired:
            return replace(counted, verdict=Verdict.COMPLETED, reason=f"{len(ended)}/{self.desired} completed")
        return self._crash_loop() or self._trouble() or self._given_up() or self._progressing()


def _has_health_check(service: Service) -> bool:
    container = (service.spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}
    test = (container.get("Healthcheck") or {}).get("Test")
    return bool(test) and test != ["NONE"]
