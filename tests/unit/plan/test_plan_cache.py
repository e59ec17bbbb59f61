"""Plans with a memory come out as those without one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot, UpdateStatus
from reconciler.plan.model import Plan
from reconciler.plan.plan_cache import Plans
from reconciler.plan.planner import make_plan
from tests.unit.plan.world import RULES, config, running, service, stack

WANTED = [stack(service("app_web"), configs=(config(b"level: 1"),))]
SETTLED = running(*WANTED)


def with_service(swarm: Snapshot, **parts: Any) -> Snapshot:
    found = replace(swarm.services["app_web"], **parts)
    return replace(swarm, services={**swarm.services, "app_web": found})


def shape(plan: Plan) -> Any:
    actions = [(action.key, action.verb, action.changes) for action in plan.actions]
    return actions, dict(plan.holds), plan.warnings, plan.errors, plan.wanted, plan.needs_consent


@pytest.mark.parametrize(
    "after",
    [
        replace(SETTLED, services={}),
        replace(SETTLED, networks={}),
        replace(SETTLED, configs={}),
        with_service(SETTLED, spec={**SETTLED.services["app_web"].spec, "Labels": {}}, version=9),
        with_service(SETTLED, update=UpdateStatus("updating", "")),
        replace(SETTLED, engine=replace(SETTLED.engine, api_version="1.30")),
        replace(SETTLED, local_networks={"app_default": "bridge"}),
        replace(SETTLED, volumes={"app_data": observed.Volume("app_data", {})}),
    ],
)
def test_what_moved_in_the_swarm_is_planned_anew(after: Snapshot) -> None:
    plans = Plans()
    assert not plans.of(WANTED, SETTLED, RULES)
    assert shape(plans.of(WANTED, after, RULES)) == shape(make_plan(WANTED, after, RULES))
    assert not plans.of(WANTED, SETTLED, RULES)


def test_other_files_and_other_rules_are_planned_anew() -> None:
    plans = Plans()
    other = [stack(service("app_web", Image="web:2"))]
    night = replace(RULES, suspensions=Suspensions(stacks={"app": Suspension(reason="night")}))
    for desired, rules in ((WANTED, RULES), (other, RULES), (other, night), (WANTED, night), (WANTED, RULES)):
        assert shape(plans.of(desired, SETTLED, rules)) == shape(make_plan(desired, SETTLED, rules))


def test_where_nothing_moved_it_is_the_same_plan_and_not_where_time_may_change_it() -> None:
    plans = Plans()
    first = plans.of(WANTED, SETTLED, RULES)
    assert plans.of(list(WANTED), replace(SETTLED, at=SETTLED.at + 60.0), RULES) is first
    rolling = with_service(SETTLED, update=UpdateStatus("updating", ""))
    first = plans.of(WANTED, rolling, RULES)
    assert plans.of(WANTED, rolling, RULES) is not first
    waiting = replace(SETTLED, services={})
    first = plans.of(WANTED, waiting, RULES)
    assert plans.of(WANTED, waiting, RULES) is not first
