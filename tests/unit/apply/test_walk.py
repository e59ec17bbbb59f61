"""Walking a plan: order, isolation of failures, retries, backoff."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.apply.backoff import Backoff
from reconciler.apply.underway import Underway
from reconciler.apply.walk import Walk
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.errors import Conflict, EngineUnavailable, OutOfSequence, Refused
from reconciler.observed.model import Service
from reconciler.plan.model import Action, Key, Kind, Outcome, Plan, Result, Verb

WAITS = Finding(Cause.LATER, Facts(said="waits for db"))


def action(name: str, *after: str) -> Action:
    keys = frozenset(Key(Kind.SERVICE, other) for other in after)
    return Action(Key(Kind.SERVICE, name), "app", Verb.CREATE, "not there", spec={"Name": name}, after=keys)


def walked(
    plan: Plan,
    write: Callable[[str], None],
    backoff: Backoff | None = None,
    hold: Callable[[Action], Finding | None] = lambda _: None,
    now: float = 100.0,
) -> dict[str, Outcome]:
    async def writing(action: Action) -> str:
        await asyncio.sleep(0)
        write(action.name)
        return ""

    walk = Walk(writing, hold, backoff or Backoff(), lambda: now, patience=0.5, slow=30.0)
    return {outcome.action.name: outcome for outcome in asyncio.run(walk.through(plan))}


def results(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: str(outcome.result) for name, outcome in outcomes.items()}


def test_what_is_needed_comes_first_and_a_failure_holds_back_only_what_needs_it() -> None:
    done: list[str] = []

    def write(name: str) -> None:
        if name == "bad":
            raise Refused("the engine says no")
        done.append(name)

    plan = Plan((action("c", "b"), action("b", "a"), action("a"), action("bad"), action("on_bad", "bad")))
    outcomes = walked(plan, write)
    assert results(outcomes) == {"c": "changed", "b": "changed", "a": "changed", "bad": "failed", "on_bad": "waiting"}
    assert done == ["a", "b", "c"]
    assert outcomes["on_bad"].detail == "waits for service bad"


def test_what_is_to_be_last_waits_for_the_end_of_all_others_however_they_end() -> None:
    done: list[str] = []

    def write(name: str) -> None:
        done.append(name)
        if name == "bad":
            raise Refused("the engine says no")

    us = replace(action("us", "b"), last=True)
    plan = Plan((us, action("bad"), action("b", "a"), action("a"), action("on_bad", "bad"), action("net", "us")))
    outcomes = walked(plan, write)
    assert outcomes["us"].result is outcomes["net"].result is Result.CHANGED
    assert done == ["bad", "a", "b", "us", "net"]


def test_passing_faults_are_tried_again_inside_the_pass() -> None:
    faults = [EngineUnavailable("no leader"), EngineUnavailable("no leader")]

    def write(_: str) -> None:
        if faults:
            raise faults.pop()

    assert results(walked(Plan((action("a"),)), write)) == {"a": "changed"}


def test_a_lease_that_is_lost_between_two_tries_ends_them() -> None:
    tries = [OutOfSequence("the lease was lost"), EngineUnavailable("no leader")]

    def write(_: str) -> None:
        raise tries.pop()

    outcome = walked(Plan((action("a"),)), write)["a"]
    assert (outcome.result, outcome.detail, tries) == (Result.WAITING, "the lease was lost", [])


def test_a_passing_fault_that_stays_fails_the_action() -> None:
    def write(_: str) -> None:
        raise EngineUnavailable("no leader")

    outcome = walked(Plan((action("a"),)), write)["a"]
    assert (outcome.result, outcome.detail) == (Result.FAILED, "no leader")


def test_backoff_doubles_for_the_same_write_and_is_void_for_another() -> None:
    backoff, tries = Backoff(jitter=lambda: 1.0), list[str]()

    def write(name: str) -> None:
        tries.append(name)
        raise Refused("no")

    waits = []
    now = 100.0
    for _ in range(12):
        outcome = walked(Plan((action("a"),)), write, backoff, now=now)["a"]
        assert outcome.retry_at is not None
        waits.append(outcome.retry_at - now)
        early = walked(Plan((action("a"),)), write, backoff, now=outcome.retry_at - 0.01)["a"]
        assert (early.result, early.detail) == (Result.FAILED, "no")
        now = outcome.retry_at
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert len(tries) == 12
    other = Action(Key(Kind.SERVICE, "a"), "app", Verb.CREATE, "not there", spec={"Name": "a", "Labels": {}})
    walked(Plan((other,)), write, backoff, now=now - 1)
    assert len(tries) == 13
    backoff.clear()
    walked(Plan((other,)), write, backoff, now=now - 1)
    assert len(tries) == 14


def test_another_writer_and_an_object_in_use_are_looked_at_again_soon_and_become_failures_in_the_end() -> None:
    for error in (OutOfSequence("somebody wrote"), Conflict("in use")):
        backoff, now = Backoff(), 100.0

        def write(_: str, error: Exception = error) -> None:
            raise error

        kinds = []
        for _ in range(9):
            outcome = walked(Plan((action("a"),)), write, backoff, now=now)["a"]
            kinds.append((outcome.result, outcome.passing))
            assert outcome.retry_at is not None
            now = outcome.retry_at
        assert kinds == [(Result.WAITING, True)] * 8 + [(Result.FAILED, False)]


def test_what_is_held_isnt_written() -> None:
    written: list[str] = []
    outcomes = walked(
        Plan((action("a"), action("b", "a"))),
        written.append,
        hold=lambda _: Finding(Cause.LATER, Facts(said="waits for db")),
    )
    assert results(outcomes) == {"a": "waiting", "b": "waiting"}
    assert written == []


def test_waits_are_drawn_between_nothing_and_all_of_them() -> None:
    drawn = iter([0.0, 0.25, 0.5])
    backoff = Backoff(jitter=lambda: next(drawn))
    assert [backoff.failed(action("a"), "no", 100.0).retry_at for _ in range(3)] == [100.0, 100.5, 102.0]


class Engine:
    """Writes are answered when they are let go; ``now`` is its clock."""

    def __init__(self) -> None:
        self.answered: dict[str, asyncio.Event] = {}
        self.asked: list[str] = []
        self.now = 100.0

    def let_go(self, name: str) -> None:
        self.answered.pop(name).set()

    async def write(self, action: Action) -> str:
        self.asked.append(action.name)
        if action.name.startswith("slow"):
            await self.answered.setdefault(action.name, asyncio.Event()).wait()
        return ""

    def walk(self, underway: Underway, until: float = math.inf) -> Walk:
        backoff = Backoff()
        return Walk(self.write, lambda _: None, backoff, lambda: self.now, 2, slow=0.01, until=until, underway=underway)


def said(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    return {outcome.action.name: str(outcome.result) for outcome in outcomes}


def test_slow_writes_take_no_turns_from_others_and_hold_back_only_what_needs_them() -> None:
    async def scenario() -> None:
        engine, underway = Engine(), Underway()
        plan = Plan((action("slow1"), action("slow2"), action("slow3"), action("quick"), action("needs", "slow1")))
        outcomes = await engine.walk(underway).through(plan)
        assert said(outcomes) == {
            "slow1": "waiting",
            "slow2": "waiting",
            "slow3": "waiting",
            "quick": "changed",
            "needs": "waiting",
        }
        assert all(outcome.passing for outcome in outcomes if outcome.action.name.startswith("slow"))
        for name in ("slow1", "slow2", "slow3"):
            engine.let_go(name)
        await underway.wait(1)

    asyncio.run(scenario())


def test_what_is_unanswered_isnt_written_again_and_its_end_is_told_by_a_later_walk() -> None:
    async def scenario() -> None:
        engine, underway = Engine(), Underway()
        slow = Plan((action("slow"),))
        await engine.walk(underway).through(slow)
        assert said(await engine.walk(underway).through(slow)) == {"slow": "waiting"}
        assert engine.asked == ["slow"]
        engine.let_go("slow")
        await underway.wait(1)
        assert said(await engine.walk(underway).through(Plan((*slow.actions, action("b", "slow"))))) == {
            "slow": "changed",
            "b": "changed",
        }
        assert engine.asked == ["slow", "b"]
        assert not underway
        await engine.walk(underway).through(slow)
        engine.let_go("slow")
        await underway.wait(1)
        assert said(await engine.walk(underway).through(Plan())) == {"slow": "changed"}

    asyncio.run(scenario())


@pytest.mark.parametrize("answered", [False, True])
def test_a_write_that_was_done_though_nobody_heard_of_it_is_no_failure(answered: bool) -> None:
    async def scenario() -> None:
        failing, underway = asyncio.Event(), Underway()

        async def write(_: Action) -> str:
            await failing.wait()
            raise Refused("no")

        walk = Walk(write, lambda _: None, Backoff(), lambda: 100.0, slow=0.001, underway=underway)
        await walk.through(Plan((action("a"),)))
        if answered:
            failing.set()
            await underway.wait(1)
        assert await walk.through(Plan()) == ()
        assert not underway

    asyncio.run(scenario())


def test_a_write_that_is_in_vain_makes_way_for_the_next() -> None:
    async def scenario() -> None:
        engine, underway = Engine(), Underway()
        first = replace(action("slow"), verb=Verb.UPDATE, observed=Service("id", "slow", 1, {}))
        await engine.walk(underway).through(Plan((first,)))
        await engine.walk(underway).through(Plan((replace(first, observed=Service("id", "slow", 2, {})),)))
        assert engine.asked == ["slow", "slow"]
        engine.let_go("slow")
        await underway.wait(1)

    asyncio.run(scenario())


def test_a_walk_that_is_cut_short_forgets_no_write() -> None:
    async def scenario() -> None:
        engine, underway = Engine(), Underway()
        walk = replace(engine.walk(underway), slow=60.0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(walk.through(Plan((action("slow"),))), 0.01)
        engine.let_go("slow")
        await underway.wait(1)
        assert said(await walk.through(Plan())) == {"slow": "changed"}

    asyncio.run(scenario())


def test_nothing_is_begun_once_the_time_is_over() -> None:
    async def scenario() -> None:
        engine, underway = Engine(), Underway()
        (outcome,) = await engine.walk(underway, until=engine.now).through(Plan((action("a"),)))
        assert (outcome.result, outcome.passing, engine.asked) == (Result.WAITING, True, [])

    asyncio.run(scenario())


def test_what_a_loop_leaves_unanswered_fails_by_itself_and_counts_as_a_failure() -> None:
    async def scenario() -> None:
        underway, backoff = Underway(), Backoff()

        async def write(_: Action) -> str:
            await asyncio.sleep(0.02)
            raise Refused("no")

        walk = Walk(write, lambda _: None, backoff, lambda: 100.0, slow=0.001, underway=underway)
        assert said(await walk.through(Plan((action("a"),)))) == {"a": "waiting"}
        await underway.wait(1)
        assert said(await walk.through(Plan((action("a"),)))) == {"a": "failed"}
        assert backoff.failed(action("a"), "no", 100.0).count == 2

    asyncio.run(scenario())
