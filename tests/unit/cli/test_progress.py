"""What a loop says where nobody looks at a terminal."""

from __future__ import annotations

from reconciler.cli.progress import StepLines
from reconciler.plan.model import Key, Kind, Plan
from reconciler.status.recap import Recap
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict

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
    held = Plan(held={OURS: "no longer desired, but ours", Key(Kind.SERVICE, "app_web"): "suspended"})
    assert said(held, held, Plan()) == [
        'left alone" pass=1 objects="service platform_reconciler: no longer desired, but ours"',
        'no more: left alone" pass=3',
    ]


def test_removals_that_wait_for_consent_are_told_by_that() -> None:
    assert said(Plan(held={OURS: "no longer desired; removing 2 of 3"}, needs_consent="removing 2 of 3")) == []
