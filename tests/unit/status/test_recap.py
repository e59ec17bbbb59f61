"""The recap counts every object once, over all passes that were added."""

from __future__ import annotations

from reconciler.plan.model import Action, Key, Kind, Outcome, Plan, Result, Verb
from reconciler.status.recap import Recap
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict

WEB, DB, NET = Key(Kind.SERVICE, "web"), Key(Kind.SERVICE, "db"), Key(Kind.NETWORK, "net")
WANTED = frozenset({WEB, DB, NET})


def report(outcomes: dict[Key, Result], verdicts: dict[str, Verdict]) -> Report:
    return Report(
        1,
        0.0,
        plan=Plan(wanted=WANTED),
        outcomes=tuple(Outcome(Action(key, "shop", Verb.CREATE, ""), result) for key, result in outcomes.items()),
        judgements={name: Judgement(name, "shop", verdict, "") for name, verdict in verdicts.items()},
    )


def counts(*reports: Report) -> tuple[int, int, int, int]:
    recap = Recap()
    for each in reports:
        recap.add(each)
    return recap.ok, recap.changed, recap.failed, recap.waiting


def test_what_changed_in_any_pass_counts_once_and_what_waits_as_of_the_last() -> None:
    first = report(
        {NET: Result.CHANGED, DB: Result.CHANGED, WEB: Result.WAITING},
        {"db": Verdict.PROGRESSING, "web": Verdict.WAITING},
    )
    second = report({WEB: Result.CHANGED}, {"db": Verdict.READY, "web": Verdict.READY})
    assert counts(first) == (0, 2, 0, 2)
    assert counts(first, second) == (0, 3, 0, 0)
    assert counts(first, second, report({}, {"db": Verdict.READY, "web": Verdict.READY})) == (0, 3, 0, 0)


def test_a_degraded_service_failed_though_nothing_was_written() -> None:
    assert counts(report({}, {"db": Verdict.DEGRADED, "web": Verdict.READY})) == (2, 0, 1, 0)


def test_an_object_whose_write_failed_isnt_ok() -> None:
    assert counts(report({NET: Result.FAILED}, {"db": Verdict.READY, "web": Verdict.WAITING})) == (1, 0, 1, 1)


def test_nothing_added_is_nothing() -> None:
    assert counts() == (0, 0, 0, 0)
