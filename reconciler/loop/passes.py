"""One pass: read, observe, plan, apply, judge. Each step is a function of the parts and of the result before it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from reconciler.apply.walk import Walk
from reconciler.apply.writing import write
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.errors import EngineError
from reconciler.loop.assess import Assessment, assess, hold
from reconciler.loop.disputed import Standing
from reconciler.loop.memory import Wanted
from reconciler.loop.parts import Parts
from reconciler.loop.reporting import Occasion, Pass
from reconciler.notes.lease import alike
from reconciler.notes.suspensions import suspensions
from reconciler.observed.model import Snapshot
from reconciler.plan.contents import digests_to_match
from reconciler.plan.draft import Rules
from reconciler.plan.model import Action, Outcome, Result
from reconciler.plan.salted_hashes import prepare
from reconciler.threads import aside

SHARE = 0.8
"""Share of a pass's time in which it may begin writes; the rest is for observing their effect."""
_STOPPING = Finding(Cause.STOPPING, Facts(said="we are stopping"))


async def make_pass(parts: Parts, occasion: Occasion, *, reread: bool = True) -> Pass:
    """Bring the Swarm one step nearer to desired state. If the engine can't be reached, the pass has an ``error``."""
    wanted = await read(parts, reread=reread)
    snapshot: Snapshot | None = None
    outcomes: tuple[Outcome, ...] = ()
    try:
        async with asyncio.timeout(parts.settings.pass_timeout):
            await parts.questions.digests.refresh(wanted.services, occasion.began, forced=occasion.forced)
            term, found = await plan(parts, wanted, forced=occasion.forced)
            snapshot = found.snapshot
            outcomes = await apply(parts, found, term, occasion.began)
            after = await judge(parts, wanted, found, outcomes)
    except (EngineError, TimeoutError) as error:
        why = str(error) or f"the engine is too slow: no pass was over within {parts.settings.pass_timeout:g} s"
        return Pass(occasion, wanted, snapshot=snapshot, outcomes=outcomes, error=why)
    standby = parts.leadership.standby if found.plan and not outcomes else ""
    if standby or not (found.plan.settling or found.plan.needed_consent):
        parts.memory.consent.withdraw()
    return Pass(occasion, wanted, replace(after, plan=found.plan), after.snapshot, outcomes, standby, left=after.plan)


async def read(parts: Parts, *, reread: bool = True) -> Wanted:
    """Return desired state, and compare earlier consent and failures with it."""
    memory = parts.memory
    wanted = await aside(parts.read) if reread or memory.wanted is None else memory.wanted
    memory.consent.under(service.name for service in wanted.services)
    memory.backoff.under(wanted.stacks)
    return wanted


async def observe(parts: Parts, wanted: Wanted) -> Snapshot:
    """Return the Swarm as it is, with the probe results so far. Probes continue beside the pass."""
    snapshot = await aside(parts.swarm.observe)
    if digests := list(digests_to_match(wanted.stacks, snapshot)):
        await aside(partial(prepare, digests))
    parts.memory.met = True
    probing = parts.questions.probing
    probing.keep(wanted.services, snapshot)
    return replace(snapshot, probed=probing.known)


async def plan(parts: Parts, wanted: Wanted, *, forced: bool) -> tuple[int, Assessment]:
    """Return the lease's term and the plan. If there is something to do, take the lease first. The Swarm is then
    observed again, because its last holder may have left work half done."""
    leadership, memory = parts.leadership, parts.memory
    before: Snapshot | None = None
    while True:
        term = leadership.term
        snapshot = await observe(parts, wanted)
        if before is None or not alike(snapshot, before, parts.settings.owner):
            settling = parts.clocks.uptime() - wanted.changed_at < parts.settings.removal_delay
            found = compare(parts, wanted, snapshot, forced=forced, settling=settling)
        before = snapshot
        if not found.plan or memory.stopping or not await leadership.ours() or leadership.term == term:
            return term, replace(found, snapshot=snapshot)


def compare(
    parts: Parts,
    wanted: Wanted,
    snapshot: Snapshot,
    standing: Standing | None = None,
    *,
    forced: bool = False,
    settling: bool = False,
) -> Assessment:
    """Plan and judge. ``standing`` says which actions failed before; if None, the backoff of this process says it."""
    memory, settings = parts.memory, parts.settings
    rules = Rules(
        owner=settings.owner,
        salt=memory.salt,
        complete=not wanted.faults,
        asked=memory.asked,
        settling=settling,
        allow_prune_all=settings.allow_prune_all or memory.consent.given,
        forced=forced,
        digests=parts.questions.digests.known,
        suspensions=suspensions(snapshot.configs, settings.owner),
    )
    standing = standing or partial(memory.backoff.standing, now=snapshot.at)
    found = assess(wanted.stacks, snapshot, rules, standing, memory.assessed)
    memory.asked = found.plan.needs_consent
    return found


async def apply(parts: Parts, found: Assessment, term: int, began: float) -> tuple[Outcome, ...]:
    """Carry out the plan. Writes are fenced: a process that lost its lease since it observed writes no more (rule
    14)."""
    memory, settings, clock = parts.memory, parts.settings, parts.clocks.steady
    if memory.stopping or not (found.plan or memory.underway) or not parts.leadership.held:
        return ()
    parts.history.prepare()
    writer = parts.swarm.fenced(partial(parts.leadership.fence, term))
    unmet = hold(found.plan, found.judgements)

    async def go(action: Action) -> str:
        return await aside(lambda: write(action, writer, parts.questions.digests.resolve))

    walk = Walk(
        go,
        lambda action: _STOPPING if memory.stopping else unmet(action),
        memory.backoff,
        clock,
        settings.parallel,
        until=began + SHARE * settings.pass_timeout,
        underway=memory.underway,
    )
    return await walk.through(found.plan)


async def judge(parts: Parts, wanted: Wanted, found: Assessment, outcomes: Sequence[Outcome]) -> Assessment:
    """Observe again what was written, and quote the logs of what failed."""
    if any(outcome.result is not Result.WAITING for outcome in outcomes):
        snapshot = await observe(parts, wanted)
        found = compare(parts, wanted, snapshot, settling=found.plan.settling)
    return replace(found, judgements=await parts.questions.tails.quoted(found.judgements, parts.settings.log_patience))
