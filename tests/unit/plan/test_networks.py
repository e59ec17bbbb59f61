"""Networks, which can only be replaced."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.causes.cause import Cause
from reconciler.desired.model import Network
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.loop.assess import hold
from reconciler.plan.model import Key, Kind
from tests.unit.plan.world import RULES, after, planned, running, service, stack, summary
from tests.unit.words import blocked, held, in_words

NIGHT = Suspension(1795507200.0, "ann@ops", "migrating")


def test_what_swarm_has_not_allocated_yet_is_not_told_so_it_is_no_difference() -> None:
    """Engine 28.5 tells neither driver nor options nor addresses of such a network; of some it never will."""
    spec = {"Name": "app_default", "Driver": "overlay", "Options": {"a": "b"}, "IPAM": {"Config": [{"Subnet": "x"}]}}
    wanted = stack(service(), networks=(Network("app_default", "app", spec, replace=True),))
    swarm = running(wanted)
    untold = {**swarm.networks["app_default"].spec, "Driver": "", "Options": None, "IPAM": {"Driver": ""}}
    fresh = replace(swarm.networks["app_default"], spec=untold)
    plan = planned([wanted], replace(swarm, networks={"app_default": fresh}))
    assert plan.actions == ()
    assert [warning.message for warning in plan.warnings] == ["network app_default has no addresses yet"]
    labelled = replace(fresh, spec={**untold, "Internal": True})
    assert summary(planned([wanted], replace(swarm, networks={"app_default": labelled}))) != []


def test_a_changed_network_needs_leave_to_be_replaced_and_then_goes_by_way_of_detached_services() -> None:
    swarm = running(stack(service()))
    changed = Network("app_default", "app", {"Name": "app_default", "Driver": "overlay", "Internal": True})
    plan = planned([stack(service(), networks=(changed,))], swarm)
    assert summary(plan) == []
    assert "x-reconciler: {replace: true}" in plan.warnings[0].hint
    wanted = [stack(service(), networks=(replace(changed, replace=True),))]
    plan = planned(wanted, swarm)
    assert summary(plan) == ["update service app_web", "replace network app_default"]
    assert plan.actions[0].spec is not None
    assert not plan.actions[0].spec["TaskTemplate"].get("Networks")
    back = planned(wanted, after(plan, swarm))
    assert summary(back) == ["update service app_web"]
    assert [change.path for change in back.actions[0].changes] == ["networks.app_default"]


def test_a_network_stays_while_a_suspended_service_is_attached_to_it() -> None:
    swarm = running(stack(service(), service("app_b")))
    rules = replace(RULES, suspensions=Suspensions(services={"app_b": NIGHT}), allow_prune_all=True)
    plan = planned([], swarm, rules)
    assert summary(plan) == ["remove service app_web"]
    assert "used by app_b, which is suspended since" in held(plan)[Key(Kind.NETWORK, "app_default")]
    other = Network("app_default", "app", {"Name": "app_default", "Driver": "overlay", "Internal": True}, replace=True)
    plan = planned([stack(service(), service("app_b"), networks=(other,))], swarm, rules)
    assert summary(plan) == []
    assert "used by app_b" in held(plan)[Key(Kind.NETWORK, "app_default")]


def test_a_network_that_is_leaving_is_not_removed_again_and_is_made_anew_once_it_is_gone() -> None:
    wanted = stack(service(), service("app_b"))
    swarm = running(wanted)
    lists = {"app_default": replace(swarm.networks["app_default"], leaving=True)}
    rules = replace(RULES, allow_prune_all=True)
    assert summary(planned([], replace(swarm, services={}, networks=lists), rules)) == []
    plan = planned([wanted], replace(swarm, services={}, networks=lists))
    assert summary(plan) == ["create network app_default", "create service app_web", "create service app_b"]
    create, *services = plan.actions
    assert create.reason == "was removed, and is there until the last container that uses it has ended"
    assert in_words(hold(plan, {})(create)) == create.reason
    assert all(create.key in action.after for action in services)
    fresh = planned([wanted], replace(swarm, services={}, networks={})).actions[0]
    assert hold(plan, {})(fresh) is None


def test_an_external_network_that_is_leaving_is_missing() -> None:
    external = Network("app_default", "app", {"Name": "app_default"}, external=True)
    swarm = running(stack(service()))
    leaving = {"app_default": replace(swarm.networks["app_default"], leaving=True)}
    plan = planned([stack(service(), networks=(external,))], replace(swarm, networks=leaving))
    assert "external network app_default isn't there" in [warning.message for warning in plan.warnings]


@pytest.mark.parametrize("external", [False, True])
def test_no_service_is_written_onto_a_name_that_a_local_network_has(external: bool) -> None:
    network = Network("app_default", "app", {"Name": "app_default", "Driver": "overlay"}, external=external)
    snapshot = replace(running(), local_networks={"app_default": "bridge"})
    plan = planned([stack(service(), networks=(network,))], snapshot)
    assert summary(plan) == []
    assert "a local bridge network of this engine" in blocked(plan)["app_web"]
    assert held(plan)[Key(Kind.SERVICE, "app_web")] == blocked(plan)["app_web"]
    assert plan.holds[Key(Kind.SERVICE, "app_web")].cause is Cause.NAME_TAKEN
