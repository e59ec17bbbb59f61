"""Is a service as desired, and if not, why not. Pure: the same input gives the same judgement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reconciler.desired.model import Service
from reconciler.observed.model import Probed, Snapshot, Task
from reconciler.observed.parking import Parked
from reconciler.observed.rollouts import blamed, delay, lost
from reconciler.verdict.case import Case, has_health_check
from reconciler.verdict.model import Circumstances, Judgement, Validity, Verdict
from reconciler.verdict.placement import nowhere
from reconciler.verdict.slots import CRASH_WINDOW, CRASHES, Slot
from reconciler.verdict.tasks import named

NO_MORE_TRIES = "its restart policy allows no more tries"


def judge(service: Service, snapshot: Snapshot, circumstances: Circumstances) -> Judgement:
    """The verdict on ``service``, at ``snapshot.at``. DESIGN rules 12-15."""
    return judge_for_now(service, snapshot, circumstances)[0]


def judge_for_now(service: Service, snapshot: Snapshot, circumstances: Circumstances) -> tuple[Judgement, Validity]:
    """The same, and how long it holds, the age of its tasks aside."""
    blank = Judgement(
        service.name,
        service.stack,
        Verdict.MISSING,
        f"not there yet: {circumstances.lacks}" if circumstances.lacks else "not there yet",
        has_health_check=has_health_check(service) or service.options.probe is not None,
        suspended=bool(circumstances.suspended),
        outdated=circumstances.restarting,
    )
    found = snapshot.services.get(service.name)
    validity = Validity()
    if found is None:
        judgement = _held(blank, circumstances) or blank
    else:
        case = _Judged(service, found, snapshot, blank)
        judgement = case.rolled_back(circumstances) or _held(case.counted, circumstances) or case.verdict()
        validity = Validity(case.holds_until, case.looks_at_others)
    if circumstances.suspended:
        judgement = replace(judgement, reason=f"{judgement.reason}; {circumstances.suspended}")
    return judgement, validity


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
        lacks = f"; {circumstances.lacks}" if circumstances.lacks else ""
        reason = f"to be updated: {', '.join(circumstances.pending)}{lacks}"
        return replace(blank, verdict=Verdict.PROGRESSING, reason=reason)
    return None


@dataclass(frozen=True)
class _Judged(Case):
    """The verdict on it: the first check that finds something decides."""

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
        which = f"its network {', '.join(note.names)} {'was' if note.done else 'is'} replaced"
        if not note.done:
            return replace(self.counted, verdict=Verdict.PROGRESSING, reason=f"stopped while {which}")
        reason = f"completed before {which}; it runs again when its file changes"
        wanted = self.counted.desired
        return replace(self.counted, verdict=Verdict.COMPLETED, ready=wanted, reason=reason)

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
            goes_on = update.state == "paused" or self._whole
            if suspect and lost(suspect, self.snapshot) and goes_on:
                return None  # that is no fault of the spec: the rollout is over, or is begun again
            counted = self.counted
            reason = f"{'going back' if update.state == 'rollback_paused' else 'the rollout'} is paused"
            return self._degraded(f"{reason} at {counted.running}/{counted.desired}: {update.message}", suspect)
        return None

    def _crash_loop(self) -> Judgement | None:
        now = self.snapshot.at
        looping = [(slot, moment) for slot in self.slots if (moment := slot.crash_loop_until(now))]
        if not looping:
            return None
        ends = f"{CRASHES} ends or more within {CRASH_WINDOW:g} s"
        places = ", ".join(sorted(self._place(slot) for slot, _ in looping))
        last = max((crash for slot, _ in looping for crash in slot.crashes), key=lambda task: task.status_at)
        judgement = self._degraded(f"crash-looping in {places}: {ends}", last)
        return replace(judgement, recheck_at=max(moment for _, moment in looping))

    def _trouble(self) -> Judgement | None:
        found = [(slot, trouble) for slot in self.slots if (trouble := slot.trouble(self.snapshot.at))]
        if not found:
            return None
        slot, trouble = found[0]
        return self._degraded(f"{self._place(slot)}: {self._unplaced(slot) or trouble}")

    def _given_up(self) -> Judgement | None:
        slots = [slot for slot in self.slots if slot.given_up()]
        if not slots:
            return None
        if len([slot for slot in slots if slot.done()]) >= self.desired:
            return replace(self.counted, verdict=Verdict.COMPLETED, reason="ran to its end")
        if all(slot.done() for slot in slots):
            return None
        return self._degraded(NO_MORE_TRIES)

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
        counted = self.counted
        if self._rolling or counted.running < counted.desired or counted.ready < counted.desired:
            return None
        blind = next((probed for slot in self.slots if (probed := self._blind(slot))), None)
        said = f"; its probe can't be tried, so that age decides: {blind.words}" if blind else ""
        return replace(counted, verdict=Verdict.READY, reason=f"{counted.ready}/{counted.desired} running{said}")

    def _progressing(self) -> Judgement:
        counted, options, now = self.counted, self.wanted.options, self.snapshot.at
        rollout = options.progress_deadline + delay(self.found) + self.drain
        patience = rollout if self._rolling else options.ready_timeout
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
