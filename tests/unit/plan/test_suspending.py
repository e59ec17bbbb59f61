"""What is suspended, in a file or at run time."""

from __future__ import annotations

from dataclasses import replace

from reconciler.desired.model import Options
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.plan.model import Key, Kind
from tests.unit.plan.world import RULES, planned, running, service, stack, summary
from tests.unit.words import held

NIGHT = Suspension(1795507200.0, "ann@ops", "migrating")


def test_a_suspended_stack_is_neither_written_nor_pruned() -> None:
    swarm = running(stack(service(), service("app_old")))
    suspended = replace(stack(service(Image="web:2", options=Options(suspend=True))), suspend=True)
    plan = planned([suspended], swarm)
    assert summary(plan) == []
    assert held(plan)[Key(Kind.SERVICE, "app_web")] == "suspended: image differs"
    assert "suspended" in held(plan)[Key(Kind.SERVICE, "app_old")]


def test_what_is_suspended_at_run_time_is_neither_written_nor_pruned_nor_forced() -> None:
    swarm = running(stack(service(), service("app_b"), service("app_old")))
    wanted = stack(service(Image="web:2"), service("app_b", Image="web:2"), service("app_new"))
    one = Suspensions(services=dict.fromkeys(("app_web", "app_old", "app_new"), NIGHT))
    plan = planned([wanted], swarm, replace(RULES, suspensions=one, forced=True))
    assert summary(plan) == ["update service app_b"]
    since = "suspended since 2026-11-24 08:00:00 UTC by ann@ops (migrating)"
    assert held(plan) == {
        Key(Kind.SERVICE, "app_web"): f"{since}: image differs",
        Key(Kind.SERVICE, "app_new"): f"{since}: it isn't there",
        Key(Kind.SERVICE, "app_old"): f"no longer desired, but {since}",
    }
    whole = replace(RULES, suspensions=Suspensions(stacks={"app": NIGHT}), allow_prune_all=True)
    assert summary(planned([wanted], swarm, whole)) == []
    assert summary(planned([], swarm, whole)) == []
