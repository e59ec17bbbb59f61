"""Passes as they are noted in the history, by whoever holds the lease."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler import labels
from reconciler.errors import EngineUnavailable, OutOfSequence
from reconciler.loop import history
from reconciler.loop.history import History
from reconciler.notes.history import append
from reconciler.plan.model import Action, Key, Kind, Outcome, Result, Verb
from reconciler.redaction import Redact
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict
from tests.unit.notes.memory import Memory
from tests.unit.notes.test_history import an_entry, before_redaction, plain, told

WEB = Key(Kind.SERVICE, "shop_web")


def passed(at: float, verdict: Verdict = Verdict.READY, *, acted: bool = False) -> Report:
    outcome = Outcome(Action(WEB, "shop", Verb.UPDATE, "image differs"), Result.CHANGED)
    judged = {"shop_web": Judgement("shop_web", "shop", verdict, str(verdict))}
    return Report(int(at), at, ("timer",), outcomes=(outcome,) if acted else (), judgements=judged)


def keeper(store: Memory, by: str = "us", held: Callable[[], bool] = lambda: True) -> History:
    return History(store, "us", by, held)


def noted(keeper: History, *reports: Report) -> None:
    for report in reports:
        keeper.note(report)
    asyncio.run(keeper.flush())


def test_a_pass_that_changes_nothing_writes_nothing_and_many_that_do_are_one_write() -> None:
    store = Memory()
    ours = keeper(store)
    noted(ours, passed(1), passed(2))
    assert store.writes == 0
    noted(ours, passed(3, Verdict.PROGRESSING, acted=True), passed(4), passed(5))
    assert store.writes == 1
    assert [each.at for each in told(store)] == [3, 4]
    assert all(labels.keeps_our_memory(config.spec) for config in store.held.values())


def test_a_new_process_goes_on_from_what_was_written() -> None:
    store = Memory()
    noted(keeper(store), passed(1, Verdict.DEGRADED))
    noted(keeper(store, "next"), passed(2, Verdict.DEGRADED), passed(3, Verdict.READY))
    assert [(each.at, each.by) for each in told(store)] == [(1, "us"), (3, "next")]
    assert told(store)[1].verdicts[0].before == "Degraded"


def test_without_the_lease_nothing_is_written_and_the_next_holder_tells() -> None:
    store, held = Memory(), False
    ours = keeper(store, held=lambda: held)
    noted(ours, passed(1, Verdict.DEGRADED), replace(passed(2, Verdict.DEGRADED), standby="another"))
    assert store.writes == 0
    held = True
    noted(ours, passed(3, Verdict.DEGRADED))
    assert [each.at for each in told(store)] == [3]
    held = False
    noted(ours, passed(4, Verdict.PROGRESSING, acted=True), passed(5))
    assert [each.at for each in told(store)] == [3]
    held = True
    noted(ours)
    assert [each.at for each in told(store)] == [3, 4], "what we did is told, though the lease was lost right after"


def test_a_write_that_fails_is_a_warning_and_is_made_later() -> None:
    store = Memory()
    ours = keeper(store)

    def down() -> None:
        raise EngineUnavailable("connection refused")

    store.before = down
    noted(ours, passed(1, acted=True))
    assert "connection refused" in str(ours.warnings[0])
    noted(ours, passed(2, Verdict.DEGRADED))
    store.before = lambda: None
    noted(ours)
    assert ours.warnings == ()
    assert [each.at for each in told(store)] == [1, 2]


def test_others_that_write_all_the_time_are_a_warning_too() -> None:
    store = Memory()
    ours = keeper(store)
    noted(ours, passed(1, acted=True))

    def rival() -> None:
        before, store.before = store.before, lambda: None
        append(store, "us", [an_entry(store.writes + 100, "them")], Redact.ENV)
        store.before = before

    store.before = rival
    noted(ours, passed(2, Verdict.DEGRADED))
    assert "all the time" in str(ours.warnings[0])
    with pytest.raises(OutOfSequence):
        append(store, "us", [an_entry(9)], Redact.ENV)


def test_it_is_written_a_moment_after_by_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAUSE", 0.01)
    store = Memory()
    ours = keeper(store)

    async def a_while() -> None:
        keeping = asyncio.ensure_future(ours.keep())
        for at in range(1, 8):
            ours.note(passed(at, acted=True))
        while len(told(store)) < 7:
            await asyncio.sleep(0.01)
        keeping.cancel()

    asyncio.run(asyncio.wait_for(a_while(), 10))
    assert store.writes == 1


def test_the_leader_hides_what_older_versions_wrote_though_nothing_happens() -> None:
    async def scene() -> None:
        store = Memory()
        before_redaction(store, 0, 1)
        keeper = History(store, "us", "process 7", lambda: True)
        keeper.note(passed(1.0))
        await keeper.flush()
        assert "canary" not in plain(store)

    asyncio.run(scene())
