"""What a plan does with the service that this very process runs as."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.desired.model import Network, Options, Service
from reconciler.observed.model import Snapshot
from reconciler.plan.model import Action, Key, Kind, Plan
from reconciler.plan.own_service import LAST
from tests.unit.plan.world import after, planned, running, service, spec, stack, summary, unowned
from tests.unit.words import blocked, held

OWN = "app_us"
HOW = f"this very process runs as it: `docker service rm {OWN}` stops it"
OTHERS = (service("app_db"), service("app_cache"), service("app_web"))


def as_us(*services: Service, **parts: Any) -> Snapshot:
    """The Swarm after a first convergence, as a task of ``OWN`` sees it."""
    return replace(running(stack(service(OWN), *services, **parts)), ourselves=OWN)


def own(plan: Plan) -> Action | None:
    return next((action for action in plan.actions if action.name == OWN), None)


def test_a_change_of_our_own_service_is_done_last_and_says_so() -> None:
    wanted = stack(service(OWN, Env=["A=2"]), service("app_web", Env=["A=2"]))
    plan = planned([wanted], as_us(service("app_web")))
    assert {action.name: (action.last, action.notes) for action in plan.actions} == {
        OWN: (True, (LAST,)),
        "app_web": (False, ()),
    }
    seen_from_elsewhere = planned([wanted], running(stack(service(OWN), service("app_web"))))
    assert not any(action.last for action in seen_from_elsewhere.actions)


def test_to_be_adopted_ends_nothing_and_needs_no_order() -> None:
    plan = planned([stack(service(OWN))], replace(unowned(as_us()), ourselves=OWN))
    assert summary(plan) == [f"adopt service {OWN}"]
    assert not plan.actions[0].last


def test_we_dont_remove_ourselves_nor_what_we_use() -> None:
    before = as_us(*OTHERS)
    plan = planned([stack(*OTHERS, networks=())], before)
    assert summary(plan) == []
    assert held(plan) == {
        Key(Kind.SERVICE, OWN): f"no longer desired, but {HOW}",
        Key(Kind.NETWORK, "app_default"): f"no longer desired, but still used by {OWN}",
    }
    assert summary(planned([stack(*OTHERS)], replace(before, ourselves=""))) == [f"remove service {OWN}"]


def test_what_we_are_about_to_leave_can_go_after_us() -> None:
    left_alone = {**spec(OWN), "TaskTemplate": {**spec(OWN)["TaskTemplate"], "Networks": []}}
    wanted = [replace(each, spec={**each.spec, "TaskTemplate": {"ContainerSpec": {}}}) for each in OTHERS]
    plan = planned([stack(replace(service(OWN), spec=left_alone), *wanted, networks=())], as_us(*OTHERS))
    removal = next(action for action in plan.actions if action.kind is Kind.NETWORK)
    assert Key(Kind.SERVICE, OWN) in removal.after
    assert Key(Kind.NETWORK, "app_default") not in held(plan)


def test_another_mode_takes_somebody_else_to_set() -> None:
    options = Options(replace=True)
    job = replace(service(OWN, options), spec={**spec(OWN), "Mode": {"ReplicatedJob": {"TotalCompletions": 1}}})
    plan = planned([stack(job)], as_us())
    why = f"Swarm can't change a service's mode, and {HOW} before it is deployed again from outside"
    assert (summary(plan), held(plan), blocked(plan)) == ([], {Key(Kind.SERVICE, OWN): why}, {OWN: why})
    assert "deploy.mode" in [change.path for change in plan.holds[Key(Kind.SERVICE, OWN)].changes]


def test_a_network_of_ours_isnt_replaced_under_us() -> None:
    internal = Network("app_default", "app", {"Name": "app_default", "Internal": True}, replace=True)
    plan = planned([stack(service(OWN), service("app_web"), networks=(internal,))], as_us(service("app_web")))
    assert summary(plan) == []
    assert held(plan)[Key(Kind.NETWORK, "app_default")].endswith(
        f"this process is attached to it, as {OWN}: detach that service first"
    )


def test_after_the_change_nothing_is_left_to_do() -> None:
    wanted = stack(service(OWN, Env=["A=2"]), *OTHERS)
    before = as_us(*OTHERS)
    first = planned([wanted], before)
    assert own(first)
    assert not planned([wanted], after(first, before))
