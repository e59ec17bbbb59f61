"""When a report says that everything has come to rest."""

from __future__ import annotations

from reconciler.plan.model import Action, Key, Kind, Outcome, Plan, Result, Verb
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict

ACTION = Action(Key(Kind.CONFIG, "conf"), "shop", Verb.REMOVE, "no longer desired")
READY = {"web": Judgement("web", "shop", Verdict.READY, "")}


def test_a_pass_that_found_nothing_to_do_is_settled() -> None:
    assert Report(1, 0.0, judgements=READY).settled


def test_a_pass_that_changed_something_isnt() -> None:
    outcomes = (Outcome(ACTION, Result.CHANGED),)
    assert not Report(1, 0.0, plan=Plan((ACTION,)), outcomes=outcomes, judgements=READY).settled


def test_a_standby_that_would_have_had_to_act_isnt() -> None:
    assert not Report(1, 0.0, plan=Plan((ACTION,)), standby="process 7 on other", judgements=READY).settled


def test_an_engine_that_cant_be_asked_is_unknown_even_before_anything_was_read() -> None:
    report = Report(1, 0.0, engine_error="no answer")
    assert report.verdict is Verdict.UNKNOWN
    assert not report.settled
