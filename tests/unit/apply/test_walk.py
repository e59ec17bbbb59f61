"""Walking a plan: order, isolation of failures, retries, backoff."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from reconciler.apply.backoff import Backoff
from reconciler.apply.walk import Walk
from reconciler.errors import Conflict, EngineUnavailable, OutOfSequence, Refused
from reconciler.plan.model import Action, Key, Kind, Outcome, Plan, Result, Verb


def action(name: str, *after: str) -> Action:
    keys = frozenset(Key(Kind.SERVICE, other) for other in after)
    return Action(Key(Kind.SERVICE, name), "app", Verb.CREATE, "not there", spec={"Name": name}, after=keys)


def walked(
    plan: Plan,
    write: Callable[[str], None],
    backoff: Backoff | None = None,
    hold: Callable[[Action], str] = lambda _: "",
    now: float = 100.0,
) -> dict[str, Outcome]:
    async def writing(action: Action) -> str:
        await asyncio.sleep(0)
        write(action.name)
        return ""

    walk = Walk(writing, hold, backoff or Backoff(), lambda: now, patience=0.5)
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
    backoff, tries = Backoff(), list[str]()

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
    outcomes = walked(Plan((action("a"), action("b", "a"))), written.append, hold=lambda _: "waits for db")
    assert results(outcomes) == {"a": "waiting", "b": "waiting"}
    assert written == []
