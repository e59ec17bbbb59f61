"""What is written down of a pass, and what isn't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.errors import Fault
from reconciler.plan.model import Action, Change, Key, Kind, Outcome, Result, Verb
from reconciler.status.history import (
    HistoryEntry,
    Standing,
    Standings,
    entry,
    failures,
    of_service,
    standings,
    standings_after,
)
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict

WEB, DB = Key(Kind.SERVICE, "shop_web"), Key(Kind.SERVICE, "shop_db")
NONE: Mapping[Key, str] = {}
READY = {"shop_web": Standing(Verdict.READY), "shop_db": Standing(Verdict.READY)}


def judgement(name: str, verdict: Verdict = Verdict.READY, **parts: Any) -> Judgement:
    return Judgement(name, "shop", verdict, str(verdict), **parts)


def outcome(key: Key = WEB, result: Result = Result.CHANGED, detail: str = "", changes: Any = ()) -> Outcome:
    return Outcome(Action(key, "shop", Verb.UPDATE, "image differs", changes=changes), result, detail)


def report(*outcomes: Outcome, **verdicts: Verdict) -> Report:
    judged = {f"shop_{name}": judgement(f"shop_{name}", verdict) for name, verdict in verdicts.items()}
    return Report(7, 1000.0, ("timer",), took=0.5, outcomes=outcomes, judgements=judged)


def told(of: Report, known: Standings = READY, failing: Mapping[Key, str] = NONE) -> HistoryEntry | None:
    return entry(of, "process 1 on vm", known, failing)


def test_a_pass_that_does_and_changes_nothing_leaves_no_entry() -> None:
    assert told(report(web=Verdict.READY, db=Verdict.READY)) is None
    waiting = report(outcome(result=Result.WAITING, detail="waits for db"), web=Verdict.READY)
    assert told(waiting) is None
    assert told(replace(report(web=Verdict.UNKNOWN), engine_error="gone")) is None
    assert told(replace(report(), warnings=(Fault("a", 1, 1, "odd"),))) is None


def test_what_was_done_is_told_with_its_diff_and_end() -> None:
    change = Change("image", "web:1", "web:2")
    found = told(report(outcome(changes=(change,)), web=Verdict.PROGRESSING, db=Verdict.READY))
    assert found is not None
    (action,) = found.actions
    assert (action.name, action.action, action.result) == ("shop_web", "update", "changed")
    assert [(each.path, each.before, each.after) for each in action.changes] == [("image", "web:1", "web:2")]
    (verdict,) = found.verdicts
    assert (verdict.service, verdict.before, verdict.after) == ("shop_web", "Ready", "Progressing")
    assert found.wakes == ["timer"]


def test_what_was_done_is_told_though_the_engine_was_lost_after_it() -> None:
    lost = replace(report(outcome(), web=Verdict.UNKNOWN), engine_error="gone")
    found = told(lost)
    assert found is not None
    assert len(found.actions) == 1
    assert found.verdicts == []


def test_a_failure_that_goes_on_is_told_once() -> None:
    failed = report(outcome(result=Result.FAILED, detail="no such image"))
    first = told(failed)
    assert first is not None
    assert first.actions[0].detail == "no such image"
    assert told(failed, failing=failures(failed)) is None
    other = report(outcome(result=Result.FAILED, detail="no space left"))
    assert told(other, failing=failures(failed)) is not None


def test_what_was_so_before_we_looked_is_no_change_unless_it_is_bad() -> None:
    assert told(report(web=Verdict.READY, db=Verdict.COMPLETED), known={}) is None
    bad = told(report(web=Verdict.READY, db=Verdict.DEGRADED), known={})
    assert bad is not None
    assert [(each.service, each.before, each.after) for each in bad.verdicts] == [("shop_db", None, "Degraded")]
    done = told(report(outcome(), web=Verdict.READY), known={})
    assert done is not None
    assert [each.after for each in done.verdicts] == ["Ready"]


def test_a_suspension_is_a_change() -> None:
    held = replace(report(), judgements={"shop_web": judgement("shop_web", suspended=True)})
    found = told(held)
    assert found is not None
    assert [(each.before, each.after, each.suspended) for each in found.verdicts] == [("Ready", "Ready", True)]
    assert told(held, known=standings_after(held)) is None
    assert standings([found]) == {"shop_web": Standing(Verdict.READY, True)}


def test_of_an_error_the_engines_words_are_told_and_no_log_lines() -> None:
    error = "task: non-zero exit (1)\nlast log lines:\n  password is hunter2"
    failing = replace(report(), judgements={"shop_web": judgement("shop_web", Verdict.DEGRADED, error=error)})
    found = told(failing)
    assert found is not None
    assert found.verdicts[0].error == "task: non-zero exit (1)"
    assert "hunter2" not in found.model_dump_json()


def test_long_things_are_cut() -> None:
    changes = (Change("command", "x" * 5000, ["y" * 5000]), *(Change(f"environment.{n}", None, n) for n in range(100)))
    found = told(report(*(outcome(Key(Kind.SERVICE, f"shop_{n}"), changes=changes) for n in range(1200))))
    assert found is not None
    assert (len(found.actions), found.omitted) == (1000, 200)
    assert len(found.actions[0].changes) == 41
    assert found.actions[0].changes[-1].path == "and 61 more"
    assert len(found.actions[0].model_dump_json()) < 5000


def test_of_one_service_nothing_of_others_is_told() -> None:
    both = told(report(outcome(WEB), outcome(DB), web=Verdict.PROGRESSING, db=Verdict.PROGRESSING))
    other = told(report(outcome(Key(Kind.CONFIG, "shop_web"))))
    assert both is not None
    assert other is not None
    (found,) = of_service([both, other], "shop_web")
    assert [each.name for each in found.actions] == ["shop_web"]
    assert [each.service for each in found.verdicts] == ["shop_web"]
