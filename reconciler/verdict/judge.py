"""Judge whether a service is as desired, and if not, why. Pure: the same input gives the same judgement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.causes.cause import Cause
from reconciler.causes.engine_words import path_in
from reconciler.causes.facts import Facts, Finding
from reconciler.causes.words import say
from reconciler.desired.model import Service
from reconciler.observed.model import Probed, Snapshot, Task, TaskState
from reconciler.observed.parking import Parked
from reconciler.observed.rollouts import blamed, delay, lost
from reconciler.records import dataclass
from reconciler.verdict.model import Circumstances, Judgement, Validity, Verdict
from reconciler.verdict.placement import nowhere
from reconciler.verdict.service_view import ServiceView, has_health_check
from reconciler.verdict.slots import CRASH_WINDOW, CRASHES, Slot
from reconciler.verdict.tasks import named, words


def judge(service: Service, snapshot: Snapshot, circumstances: Circumstances) -> Judgement:
    """Judge ``service`` at ``snapshot.at`` (rule 15: tasks by slot)."""
    return judge_for_now(service, snapshot, circumstances)[0]


def judge_for_now(service: Service, snapshot: Snapshot, circumstances: Circumstances) -> tuple[Judgement, Validity]:
    """Return the judgement, and how long it holds (apart from the age of tasks, which always grows)."""
    blank = Judgement(
        service.name,
        service.stack,
        Verdict.MISSING,
        "",
        has_health_check=has_health_check(service) or service.options.probe is not None,
        suspended=bool(circumstances.suspended),
        outdated=circumstances.restarting,
    )
    found = snapshot.services.get(service.name)
    validity = Validity()
    if found is None:
        missing = blank.with_finding(Verdict.MISSING, Cause.NOT_CREATED, Facts(said=circumstances.lacks))
        judgement = _held(blank, circumstances) or missing
    else:
        case = _Judged(service, found, snapshot, blank)
        judgement = case.rolled_back(circumstances) or _held(case.counted, circumstances) or case.verdict()
        validity = Validity(case.holds_until, case.looks_at_others)
    if circumstances.suspended:
        judgement = replace(judgement, reason=f"{judgement.reason}; {circumstances.suspended}")
    return judgement, validity


def _held(blank: Judgement, circumstances: Circumstances) -> Judgement | None:
    """Return the verdict if desired state hasn't been written yet."""
    if failure := circumstances.failure:
        judgement = blank.with_finding(Verdict.DEGRADED, failure.cause, failure.facts)
        return replace(judgement, error=failure.facts.said, recheck_at=circumstances.retry_at)
    if waits := circumstances.waits:
        return blank.with_finding(Verdict.WAITING, waits.cause, waits.facts)
    if circumstances.pending and circumstances.pending != ("create",):
        facts = Facts(fields=circumstances.pending, said=circumstances.lacks)
        return blank.with_finding(Verdict.PROGRESSING, Cause.UPDATE_PENDING, facts)
    return None


@dataclass(frozen=True)
class _Judged(ServiceView):
    """Verdict on a service that exists: the first check that finds something decides."""

    def rolled_back(self, circumstances: Circumstances) -> Judgement | None:
        """Return the verdict on a rollback, with the words and last log lines of the task that Swarm gave as the
        reason."""
        why = circumstances.rolled_back
        if not why:
            return None
        suspect = blamed(why, self.tasks)
        error = self._said(suspect) if suspect else why
        facts = Facts(said=why, because=self._cause_of(suspect) if suspect else None)
        judgement = self.counted.with_finding(Verdict.ROLLED_BACK, Cause.ROLLED_BACK, facts)
        return replace(judgement, error=error, suspect=suspect.id if suspect and suspect.container_id else None)

    def verdict(self) -> Judgement:
        if note := self.parked:
            return self._parked(note)
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

    def _parked(self, note: Parked) -> Judgement:
        facts = Facts(object=f"network {', '.join(note.names)}")
        if not note.done:
            return self.counted.with_finding(Verdict.PROGRESSING, Cause.NETWORK_REPLACEMENT, facts)
        counted = replace(self.counted, ready=self.counted.desired)
        return counted.with_finding(Verdict.COMPLETED, Cause.COMPLETED, facts)

    def _nothing_wanted(self) -> Judgement | None:
        if self.desired:
            return None
        if self.mode == "Replicated":
            return self.counted.with_finding(Verdict.READY, Cause.SCALED_TO_ZERO)
        found = nowhere(self.found, self.snapshot)
        judgement = self.counted.with_finding(Verdict.DEGRADED, found.cause, found.facts)
        return replace(judgement, error=judgement.reason)

    def _stopped_rollout(self) -> Judgement | None:
        update = self.found.update
        if update and update.state in {"paused", "rollback_paused"}:
            suspect = blamed(update.message, self.tasks)
            goes_on = update.state == "paused" or self._whole
            if suspect and lost(suspect, self.snapshot) and goes_on:
                return None  # the spec isn't at fault: the rollout is over, or is begun again
            which = "rollback" if update.state == "rollback_paused" else "rollout"
            counts = Facts(running=self.counted.running, desired=self.counted.desired)
            facts = replace(counts, condition=which, said=update.message)
            return self._degraded(Finding(Cause.ROLLOUT_PAUSED, facts), suspect)
        return None

    def _crash_loop(self) -> Judgement | None:
        now = self.snapshot.at
        looping = [(slot, moment) for slot in self.slots if (moment := slot.crash_loop_until(now))]
        if not looping:
            return None
        places = tuple(sorted(self._place(slot) for slot, _ in looping))
        last = max((crash for slot, _ in looping for crash in slot.crashes), key=lambda task: task.status_at)
        facts = Facts(places=places, count=CRASHES, within=CRASH_WINDOW)
        judgement = self._degraded(Finding(Cause.CRASH_LOOP, facts), last)
        return replace(judgement, recheck_at=max(moment for _, moment in looping))

    def _trouble(self) -> Judgement | None:
        found = [(slot, task) for slot in self.slots if (task := slot.trouble(self.snapshot.at))]
        if not found:
            return None
        slot, task = found[0]
        place = self._place(slot)
        if why := self._unplaced(slot):
            return self._degraded(Finding(why.cause, replace(why.facts, place=place)))
        if task.state is TaskState.NEW:
            # If a network is full, the node rejects the first tasks, and Swarm leaves later ones New without a message.
            full = next((end for end in slot.ends[:1] if self._cause_of(end) is Cause.NETWORK_FULL), None)
            if full is None:
                return self._degraded(Finding(Cause.UNALLOCATED, Facts(place=place)))
            task = full
        facts = Facts(place=place, said=words(task), exit_code=task.exit_code, path=path_in(task.error))
        return self._degraded(Finding(self._cause_of(task) or Cause.REJECTED, facts))

    def _given_up(self) -> Judgement | None:
        slots = [slot for slot in self.slots if slot.given_up()]
        if not slots:
            return None
        if len([slot for slot in slots if slot.done()]) >= self.desired:
            return self.counted.with_finding(Verdict.COMPLETED, Cause.COMPLETED)
        if all(slot.done() for slot in slots):
            return None
        return self._degraded(Finding(Cause.ATTEMPTS_EXHAUSTED))

    def _sick(self) -> Judgement | None:
        """Return the verdict on a probe that passed before and fails now."""
        for slot in self.slots:
            probed = self._probed(slot)
            if self.wanted.options.probe and probed and probed.passed is False and probed.ever:
                return self._failing(slot, probed)
        return None

    def _failing(self, slot: Slot, probed: Probed, within: float | None = None) -> Judgement:
        facts = Facts(probe=str(self.wanted.options.probe), said=probed.words, within=within)
        found = Finding(Cause.PROBE_FAILING, replace(facts, place=self._place(slot)))
        judgement, said, task = self._degraded(found, slot.running), say(Finding(found.cause, facts)), slot.running
        return replace(judgement, error=f"{named(task, self.found.name, self.snapshot)}: {said}" if task else said)

    def _ready(self) -> Judgement | None:
        counted = self.counted
        if self._rolling or counted.running < counted.desired or counted.ready < counted.desired:
            return None
        blind = next((probed for slot in self.slots if (probed := self._blind(slot))), None)
        facts = Facts(ready=counted.ready, desired=counted.desired, said=blind.words if blind else "")
        return counted.with_finding(Verdict.READY, Cause.AS_DESIRED, facts)

    def _progressing(self) -> Judgement:
        counted, options, now = self.counted, self.wanted.options, self.snapshot.at
        rollout = options.progress_deadline + delay(self.found) + self.drain
        patience = rollout if self._rolling else options.ready_timeout
        deadline = self._last_step() + patience
        step = self._step(counted)
        if now >= deadline and (counted.running < counted.desired or self._leftovers):
            facts = replace(step, within=patience, condition="rollout" if self._rolling else "", hint="")
            return self._degraded(Finding(Cause.NO_PROGRESS, facts))
        for slot in self.slots:
            probed = self._probed(slot)
            if now >= deadline and self.wanted.options.probe and probed and probed.passed is False:
                return self._failing(slot, probed, patience)
        young = [slot.age for slot in self.slots if slot.running and slot.age < options.min_task_age]
        recheck = now + options.min_task_age - min(young) if young else deadline
        moving = Cause.ROLLING_OUT if self._rolling else Cause.STARTING
        moving = Cause.ROLLING_BACK if step.hint else moving
        return replace(counted.with_finding(Verdict.PROGRESSING, moving, step), recheck_at=recheck)

    def _degraded(self, finding: Finding, suspect: Task | None = None) -> Judgement:
        """Return a Degraded judgement with the words of the task that failed last, and that task as the one whose
        log to read."""
        ends = sorted((end for slot in self.slots for end in slot.ends), key=lambda task: task.status_at)
        stuck = [slot.tasks[0] for slot in self.slots if slot.tasks and not slot.running]
        suspect = suspect or (ends[-1] if ends else next(iter(stuck), None))
        facts = finding.facts
        if suspect:
            because = facts.because or self._cause_of(suspect)
            facts = replace(facts, because=because if because is not finding.cause else None)
            facts = replace(facts, exit_code=suspect.exit_code or facts.exit_code)
        judgement = self.counted.with_finding(Verdict.DEGRADED, finding.cause, facts)
        return replace(
            judgement,
            error=self._said(suspect) if suspect else judgement.reason,
            suspect=suspect.id if suspect and suspect.container_id else None,
        )

    def _job(self) -> Judgement:
        """Judge a job (engine 20.10 and later). It is done after ``TotalCompletions`` tasks of this iteration ended
        well, or one per node for a global job."""
        ended = [slot for slot in self.slots if slot.done()]
        counted = replace(self.counted, ready=len(ended))
        if len(ended) >= self.desired:
            return counted.with_finding(
                Verdict.COMPLETED, Cause.COMPLETED, Facts(ready=len(ended), desired=self.desired)
            )
        return self._crash_loop() or self._trouble() or self._given_up() or self._progressing()
