"""What this process disputes with itself is held, Degraded, and said."""

from __future__ import annotations

from reconciler.apply.backoff import Failure
from reconciler.loop.assess import Memory, assess
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Kind
from reconciler.status.report import Report
from reconciler.verdict.model import Verdict
from tests.unit.plan.world import RULES, config, running, service, stack

WORDS = "disputed with ourselves: it is left alone"


def test_a_write_that_is_stopped_is_held_and_what_needs_it_is_degraded() -> None:
    user = service(Configs=[{"ConfigName": "app_conf", "File": {"Name": "/c"}}])
    before, after = (stack(user, service("app_b"), configs=(config(data),)) for data in (b"1", b"2"))

    def standing(action: Action) -> Failure | None:
        if action.kind is not Kind.CONFIG:
            return None
        return Failure(WORDS, 1300.0, 6, "", disputed=True, by_ourselves=True)

    plan, judged = assess([after], running(before), RULES, standing, Memory())
    (key,) = [key for key in plan.held if plan.hold(key) is Hold.DISPUTED_WITH_OURSELVES]
    assert key.name.startswith("app_conf-")
    assert plan.held[key] == WORDS
    assert key not in {action.key for action in plan.actions}
    assert judged["app_web"].verdict is Verdict.DEGRADED
    assert WORDS in judged["app_web"].reason
    assert WORDS not in judged["app_b"].reason
    assert Report(1, 0.0, plan=plan).verdict is Verdict.DEGRADED
