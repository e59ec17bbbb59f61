"""What this process disputes with itself is held, Degraded, and said."""

from __future__ import annotations

from reconciler.apply.backoff import Failure
from reconciler.causes.cause import Cause
from reconciler.loop.assess import Memory, assess
from reconciler.plan.model import Action, Kind
from reconciler.status.report import Report
from reconciler.verdict.model import Verdict
from tests.unit.plan.world import RULES, config, running, service, stack
from tests.unit.words import held

WORDS = "disputed with ourselves: it is left alone"


def test_a_write_that_is_stopped_is_held_and_what_needs_it_is_degraded() -> None:
    user = service(Configs=[{"ConfigName": "app_conf", "File": {"Name": "/c"}}])
    before, after = (stack(user, service("app_b"), configs=(config(data),)) for data in (b"1", b"2"))

    def standing(action: Action) -> Failure | None:
        if action.kind is not Kind.CONFIG:
            return None
        return Failure(WORDS, 1300.0, 6, "", disputed=True, by_ourselves=True)

    found = assess([after], running(before), RULES, standing, Memory())
    plan, judged = found.plan, found.judgements
    disputed = sorted(key for key in held(plan) if plan.holds[key].cause is Cause.DISPUTED_WITH_OURSELVES)
    key, blocked = disputed
    assert (blocked.name, plan.holds[blocked].blocks) == ("app_web", True)
    assert key.name.startswith("app_conf-")
    assert held(plan)[key] == WORDS
    assert key not in {action.key for action in plan.actions}
    assert judged["app_web"].verdict is Verdict.DEGRADED
    assert WORDS in judged["app_web"].reason
    assert WORDS not in judged["app_b"].reason
    assert Report(1, 0.0, plan=plan).verdict is Verdict.DEGRADED
