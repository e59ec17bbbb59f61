"""What a process that only looks knows of failures that another met."""

from __future__ import annotations

from typing import Any

from reconciler.loop.last_refusals import refused
from reconciler.plan.model import Action, Change, Key, Kind, Outcome, Result, Verb
from reconciler.status.history import HistoryEntry, entry
from reconciler.status.report import Report

WEB = Key(Kind.SERVICE, "shop_web")


def action(after: Any = "web:2", verb: Verb = Verb.UPDATE) -> Action:
    changes = (Change("image", "web:1", after), Change("ports", None, [{"target": 80}]))
    return Action(WEB, "shop", verb, "image differs", changes=changes if verb is Verb.UPDATE else ())


def passed(number: int, did: Action, result: Result) -> HistoryEntry:
    outcome = Outcome(did, result, "the engine says no" if result is Result.FAILED else "")
    made = entry(Report(number, 60.0 * number, outcomes=(outcome,)), "us", {}, {})
    assert made is not None
    return HistoryEntry.model_validate_json(made.model_dump_json())


def test_what_was_refused_stands_with_the_time_it_was_tried_at() -> None:
    failure = refused([passed(1, action(), Result.FAILED)])(action())
    assert failure is not None
    assert failure.error == "the engine says no (tried at 00:01:00 UTC)"
    made = refused([passed(1, action(verb=Verb.CREATE), Result.FAILED)])
    assert made(action(verb=Verb.CREATE)) is not None


def test_it_stands_no_more_once_it_was_done_or_something_else_is_to_be_written() -> None:
    failed = passed(1, action(), Result.FAILED)
    assert refused([failed, passed(2, action(), Result.CHANGED)])(action()) is None
    assert refused([failed])(action("web:3")) is None
    assert refused([failed])(action(verb=Verb.CREATE)) is None
    assert refused([])(action()) is None
