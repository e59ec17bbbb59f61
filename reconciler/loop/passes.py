"""One pass of the loop: read, observe, plan, apply, judge, report."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

from reconciler.apply.backoff import Backoff, Failure
from reconciler.apply.underway import Underway
from reconciler.apply.walk import Walk
from reconciler.apply.writing import write
from reconciler.aside import aside, begun
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.clock import on_the_wall, steady, uptime
from reconciler.desired.suspension import Suspensions
from reconciler.errors import EngineError, Fault
from reconciler.loop.assess import Memory, assess, hold, unknown
from reconciler.loop.digests import Digests
from reconciler.loop.disputed import Standing
from reconciler.loop.history import History
from reconciler.loop.known_secrets import KnownSecrets
from reconciler.loop.leadership import Leadership
from reconciler.loop.lease import alike
from reconciler.loop.memory import Wanted, still_agreed
from reconciler.loop.notices import Notices
from reconciler.loop.probing import Probing
from reconciler.loop.settings import Settings
from reconciler.loop.sources import source_for
from reconciler.loop.suspending import suspensions
from reconciler.loop.tails import Tails
from reconciler.observed.model import Snapshot
from reconciler.plan.contents import digests_to_match
from reconciler.plan.draft import Rules
from reconciler.plan.model import Action, Outcome, Plan, Result
from reconciler.plan.secrecy import prepare
from reconciler.redaction import Redact, Redaction
from reconciler.status.redacted import Redactor
from reconciler.status.report import Report
from reconciler.swarm import Swarm
from reconciler.verdict.model import Judgement

PATIENCE = 1.0
"""Seconds that a pass waits for log lines; what comes later is told by the next one."""
SHARE = 0.8
"""The part of a pass's time in which it begins to write; the rest is for looking what came of it."""
MOMENT = 1.0
"""Seconds for which a look waits for the pass under way."""
_STOPPING = Finding(Cause.STOPPING, Facts(said="we are stopping"))
Found = tuple[Report, Snapshot]
"""How services are, and the Swarm that this was found in."""


@dataclass
class Reconciler:
    """Keeps one Swarm as one folder says. Holds what passes remember; each pass starts from what is there."""

    settings: Settings
    swarm: Swarm
    leadership: Leadership
    history: History
    backoff: Backoff = field(default_factory=Backoff)
    underway: Underway = field(default_factory=Underway)
    stopping: bool = False
    beside: Callable[[], tuple[Fault, ...]] = tuple
    """Warnings about what fails beside the passes of a loop."""
    met: bool = False
    """Whether the engine ever told how its Swarm is: it may be slow, but it is there."""
    agreed: frozenset[str] | None = None
    """The services that were desired when removals got the consent they wait for; None where they have none. It stands
    as long as all of those still are, until one pass has no removal left, or somebody else acts."""
    _wanted: Wanted | None = None
    _salt: str = field(default_factory=lambda: secrets.token_hex(16))
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _latest: Found | None = None
    """What the last pass found that could ask the engine."""
    _memory: Memory = field(default_factory=Memory)
    _passes: int = 0
    _asked: str = ""

    def __post_init__(self) -> None:
        self.digests = Digests(self.swarm.digest)
        self.probing = Probing(self.swarm.probe)
        self._source = source_for(self.settings)
        self._secrets = KnownSecrets()
        self.redaction = Redaction(self.settings.redact, secrets.token_bytes(16))
        self.plain: Report | None = None
        self._tails = Tails(self.swarm.logs)
        self._notices = Notices(self.settings.owner)

    async def one_pass(self, wakes: Sequence[str] = (), *, forced: bool = False, reread: bool = True) -> Report:
        """Bring the Swarm a step nearer to desired state, and say how it is, without secrets. Never raises an
        ``EngineError``. The same report with all values is ``plain``: for the terminal of who asks, and nothing else.
        """
        async with self._turn:
            self.plain, snapshot = await self._pass(wakes, forced=forced, reread=reread)
            if snapshot and not self.plain.engine_error:
                self._latest = self.plain, snapshot
        return self.redactor(snapshot).report(self.plain)

    async def _pass(self, wakes: Sequence[str], *, forced: bool, reread: bool) -> tuple[Report, Snapshot | None]:
        began = steady()
        if forced:
            self.backoff.clear()
            self._tails.forget()
        wanted = await aside(self.read) if reread or self._wanted is None else self._wanted
        self.agreed = still_agreed(self.agreed, wanted)
        self.backoff.under(wanted.stacks)
        report = self._report(began, wakes, wanted, forced)
        outcomes: tuple[Outcome, ...] = ()
        snapshot: Snapshot | None = None
        try:
            async with asyncio.timeout(self.settings.pass_timeout):
                await self.digests.refresh(wanted.services, began, forced=forced)
                term, snapshot, plan, judged = await self._plan(wanted, forced)
                outcomes = await self._apply(plan, judged, term, began)
                if any(outcome.result is not Result.WAITING for outcome in outcomes):
                    snapshot = await self._observe(wanted)
                    _, judged = self._assess(wanted, snapshot, forced=False, settling=plan.settling)
                judged = await self._tails.quoted(judged, PATIENCE)
        except (EngineError, TimeoutError) as error:
            why = str(error) or f"the engine is too slow: no pass was over within {self.settings.pass_timeout:g} s"
            report = replace(report, engine_error=why, judgements=unknown(wanted.stacks, why), outcomes=outcomes)
            return replace(report, took=steady() - began), snapshot
        notices = (*self._notices.of(snapshot.configs), *snapshot.unreadable)
        warnings = (*wanted.warnings, *plan.warnings, *notices, *self.digests.warnings, *self.history.warnings)
        standby = self.leadership.standby if plan and not outcomes else ""
        if standby or not (plan.settling or plan.needed_consent):
            self.agreed = None
        report = replace(report, plan=plan, outcomes=outcomes, judgements=judged, warnings=warnings, standby=standby)
        report = replace(report, suspensions=self._suspensions(snapshot))
        return replace(report, faults=(*wanted.faults, *plan.errors), took=steady() - began), snapshot

    async def glance(self) -> Found | None:
        """Return what a pass of this loop would find now, with all values; nothing is written. While one is under way
        for longer than a moment, what the last one found; None before the first.

        Raises:
            EngineError: the engine can't be asked.
        """
        try:
            async with asyncio.timeout(MOMENT):
                await self._turn.acquire()
        except TimeoutError:
            return self._latest
        try:
            began, wanted = steady(), await aside(self.read)
            snapshot = await self._observe(wanted)
            report = self._found(began, wanted, snapshot, None)
            report = replace(report, judgements=await self._tails.quoted(report.judgements, PATIENCE))
        finally:
            self._turn.release()
        warnings = (*report.warnings, *self.digests.warnings, *self.history.warnings, *self.beside())
        return replace(report, warnings=warnings, standby=self.leadership.standby), snapshot

    def survey(self) -> Found:
        """Return what a pass would find, with all values, for a command that looks for itself; nothing is written.

        Raises:
            EngineUnavailable: the engine can't be asked.
        """
        began = steady()
        looking = begun(self.swarm.observe)
        wanted = self.read()  # while the engine answers
        snapshot = looking.result()
        prepare(digests_to_match(wanted.stacks, snapshot))
        self.probing.once(wanted.services, snapshot)
        snapshot = replace(snapshot, probed=self.probing.known)

        @cache
        def past() -> Standing:
            """The history takes long to read, and nothing asks for it where nothing differs."""
            from reconciler.loop.refused import refused
            from reconciler.loop.ring import entries

            return refused(entries(snapshot.configs, self.settings.owner))

        def standing(action: Action) -> Failure | None:
            return past()(action)

        return self._found(began, wanted, snapshot, standing), snapshot

    def quoting(self, report: Report) -> Report:
        """Return the report of a survey with the last log lines of what failed."""
        return replace(report, judgements=asyncio.run(self._tails.quoted(report.judgements, patience=60)))

    def redactor(self, snapshot: Snapshot | None, redact: Redact | None = None) -> Redactor:
        """Hide what ``redact`` says, or else the setting; values show by fingerprints of this process."""
        redaction = self.redaction if redact is None else replace(self.redaction, level=redact)
        return Redactor(redaction, self.wanted.stacks, snapshot, self._secrets.known)

    def _found(self, began: float, wanted: Wanted, snapshot: Snapshot, standing: Standing | None) -> Report:
        plan, judged = self._assess(wanted, snapshot, forced=False, standing=standing)
        report = replace(self._report(began, (), wanted, forced=False), suspensions=self._suspensions(snapshot))
        warnings = (*wanted.warnings, *plan.warnings, *self._notices.of(snapshot.configs), *snapshot.unreadable)
        faults = (*wanted.faults, *plan.errors)
        return replace(report, plan=plan, judgements=judged, warnings=warnings, faults=faults, took=steady() - began)

    @property
    def due_at(self) -> float:
        """When an image that is tracked, or an answer that the last pass didn't wait for, is due: by ``steady``,
        infinite for never."""
        return 0.0 if self.awaits else self.digests.due_at(self._wanted.services if self._wanted else ())

    @property
    def awaits(self) -> bool:
        """Whether log lines, or a registry's answer, are still to come."""
        return bool(self._tails) or self.digests.awaits

    @property
    def wanted(self) -> Wanted:
        """Desired state as it was last read."""
        return self._wanted or Wanted()

    def read(self) -> Wanted:
        self._wanted = self._source()
        self._secrets.see(self._wanted.stacks)
        return self._wanted

    async def _observe(self, wanted: Wanted) -> Snapshot:
        """With what probes told so far; they go on beside the pass."""
        snapshot = await aside(self.swarm.observe)
        if digests := list(digests_to_match(wanted.stacks, snapshot)):
            await aside(partial(prepare, digests))
        self.met = True
        self.probing.keep(wanted.services, snapshot)
        return replace(snapshot, probed=self.probing.known)

    def _report(self, began: float, wakes: Sequence[str], wanted: Wanted, forced: bool) -> Report:
        self._passes += 1
        report = Report(self._passes, on_the_wall(began), tuple(wakes), forced, wanted.revision)
        return replace(report, faults=wanted.faults, warnings=wanted.warnings, absence=wanted.absence)

    def _assess(
        self,
        wanted: Wanted,
        snapshot: Snapshot,
        forced: bool,
        standing: Standing | None = None,
        *,
        settling: bool = False,
    ) -> tuple[Plan, dict[str, Judgement]]:
        rules = Rules(
            owner=self.settings.owner,
            salt=self._salt,
            complete=not wanted.faults,
            asked=self._asked,
            settling=settling,
            allow_prune_all=self.settings.allow_prune_all or self.agreed is not None,
            forced=forced,
            digests=self.digests.known,
            suspensions=self._suspensions(snapshot),
        )
        standing = standing or partial(self.backoff.standing, now=snapshot.at)
        plan, judged = assess(wanted.stacks, snapshot, rules, standing, self._memory)
        self._asked = plan.needs_consent
        return plan, judged

    def _suspensions(self, snapshot: Snapshot) -> Suspensions:
        return suspensions(snapshot.configs, self.settings.owner)

    async def _plan(self, wanted: Wanted, forced: bool) -> tuple[int, Snapshot, Plan, dict[str, Judgement]]:
        """What there is to do, and the lease where there is something. What was observed before the lease was ours
        may be its last holder's work half done, and is observed again."""
        before: Snapshot | None = None
        while True:
            term = self.leadership.term
            snapshot = await self._observe(wanted)
            if before is None or not alike(snapshot, before, self.settings.owner):
                settling = uptime() - wanted.changed_at < self.settings.removal_delay
                plan, judged = self._assess(wanted, snapshot, forced, settling=settling)
            before = snapshot
            if not plan or self.stopping or not await self.leadership.ours() or self.leadership.term == term:
                return term, snapshot, plan, judged

    async def _apply(self, plan: Plan, judged: Mapping[str, Judgement], term: int, began: float) -> tuple[Outcome, ...]:
        """Fenced: a process that lost its lease since it observed writes no more."""
        if self.stopping or not (plan or self.underway) or not self.leadership.held:
            return ()
        writer = self.swarm.fenced(partial(self.leadership.fence, term))

        async def go(action: Action) -> str:
            return await aside(lambda: write(action, writer, self.digests.resolve))

        walk = Walk(go, self._hold(plan, judged), self.backoff, steady, self.settings.parallel)
        until = began + SHARE * self.settings.pass_timeout
        return await replace(walk, until=until, underway=self.underway).through(plan)

    def _hold(self, plan: Plan, judged: Mapping[str, Judgement]) -> Callable[[Action], Finding | None]:
        unmet = hold(plan, judged)
        return lambda action: _STOPPING if self.stopping else unmet(action)
