"""What a loop says where nobody looks at a terminal."""

from __future__ import annotations

from reconciler.causes.cause import Cause
from reconciler.cli.progress import StepLines
from reconciler.cli.waiting import Sayings, few, undone
from reconciler.plan.model import Action, Key, Kind, Outcome, Plan, Result, Verb
from reconciler.status.recap import Recap
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict
from tests.unit.words import hold

WEB = Judgement("app_web", "app", Verdict.READY, "1/1 running")
OURS = Key(Kind.SERVICE, "platform_reconciler")


def said(*plans: Plan) -> list[str]:
    """The lines of passes one after another."""
    lines: list[str] = []
    steps = StepLines(lines.append)
    for number, plan in enumerate(plans, start=1):
        steps.show(Report(number, 0.0, (), False, plan=plan, judgements={"app_web": WEB}), Recap())
    return [line.partition('msg="')[2] for line in lines if "left alone" in line]


def test_a_crash_loop_that_goes_on_is_no_news() -> None:
    """Each task of it is another one, and each is told as the error; in between something moves."""
    lines: list[str] = []
    steps = StepLines(lines.append)
    for number, task in enumerate(("a", "b", "c"), start=1):
        sick = Judgement("app_web", "app", Verdict.DEGRADED, "crash-looping", error=f"task app_web.1 ({task}): exit 3")
        steps.show(Report(number, 0.0, judgements={"app_web": sick}), Recap())
    assert len([line for line in lines if "at rest" in line]) == 1
    steps.show(Report(4, 0.0, judgements={"app_web": WEB}), Recap())
    assert "at rest" in lines[-1]


def test_what_is_left_alone_and_no_verdict_tells_of_is_said_once() -> None:
    web = Key(Kind.SERVICE, "app_web")
    held = Plan(holds={OURS: hold(Cause.SUSPENDED, "no longer desired, but ours"), web: hold(Cause.SUSPENDED)})
    assert said(held, held, Plan()) == [
        'left alone" pass=1 objects="service platform_reconciler: no longer desired, but ours"',
        'no more: left alone" pass=3',
    ]


def test_removals_that_wait_for_consent_are_told_by_that() -> None:
    assert said(Plan(holds={OURS: hold(Cause.AWAITING_CONSENT)}, needs_consent="removing 2 of 3")) == []


def test_what_is_still_waited_for_is_said_every_15_s() -> None:
    """A reason that is another one with each pass is no news; after 15 s without any it is said."""
    lines: list[str] = []
    now = [0.0]
    steps = StepLines(lines.append, Sayings(lambda: now[0]))
    create = Action(Key(Kind.SERVICE, "app_web"), "app", Verb.CREATE, "not there")
    for number in range(1, 40):
        now[0] += 1.0
        waits = Outcome(create, Result.WAITING, f"app_db: Progressing, task {number} is {'starting' * (number % 3)}")
        db = Judgement("app_db", "app", Verdict.PROGRESSING, f"its probe hasn't passed: refused {number} times")
        steps.show(
            Report(number, 0.0, plan=Plan((create,)), outcomes=(waits,), judgements={"app_db": db}),
            Recap(),
        )
    said = [line.partition('msg="')[2] for line in lines]
    assert [line.partition('"')[0] for line in said] == [
        "create waiting",
        "Progressing",
        "still waiting",
        "still waiting",
    ]
    assert "app_db: its probe hasn't passed: refused 16 times" in said[2]
    assert "create service app_web: app_db: Progressing, task 16" in said[2]


def test_many_things_that_are_waited_for_are_counted() -> None:
    assert list(few(map(str, range(8)))) == ["0", "1", "2", "3", "4", "and 3 more"]


def test_what_is_left_undone() -> None:
    done = Action(Key(Kind.NETWORK, "app_net"), "app", Verb.CREATE, "not there")
    left = Action(Key(Kind.CONFIG, "app_conf"), "app", Verb.REMOVE, "unused")
    sick = Judgement("app_web", "app", Verdict.DEGRADED, "crash-looping")
    report = Report(
        1,
        0.0,
        plan=Plan((done, left)),
        outcomes=(Outcome(done, Result.CHANGED), Outcome(left, Result.WAITING, "is in use")),
        judgements={"app_web": sick, "app_db": WEB},
    )
    assert undone(report) == ["app_web: Degraded crash-looping", "remove config app_conf: is in use"]
