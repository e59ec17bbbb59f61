"""What leaves, and what keeps it from that."""

from __future__ import annotations

from dataclasses import replace

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.observed import model as observed
from reconciler.plan.model import Key, Kind
from reconciler.plan.stack_removal import Removal, kept, plan_removal
from tests.unit.plan.world import RULES, after, config, planned, running, service, stack, summary, unowned
from tests.unit.words import held


def test_pruning_has_guards() -> None:
    names = ["app_a", "app_b", "app_c"]
    swarm = running(stack(*(service(name) for name in names)))
    fewer = [stack(service("app_a"), service("app_b"))]
    assert summary(planned(fewer, swarm)) == ["remove service app_c"]
    assert summary(planned(fewer, swarm, replace(RULES, complete=False))) == []
    half = [stack(service("app_a"))]
    assert summary(planned(half, swarm)) == []
    assert planned(half, swarm).needs_consent == "removing 2 of 3 services needs --allow-prune-all"
    assert len(planned(half, swarm, replace(RULES, allow_prune_all=True)).actions) == 2
    assert summary(planned([], swarm)) == []
    assert "3 of 3" in planned([], swarm).needs_consent


def test_nothing_foreign_is_ever_removed() -> None:
    swarm = unowned(running(stack(service(), configs=(config(b"x"),))))
    assert summary(planned([], swarm, replace(RULES, allow_prune_all=True))) == []


def test_a_network_of_an_adopted_stack_that_leaves_is_named() -> None:
    swarm = running(stack(service()))
    label = {"Labels": {"com.docker.stack.namespace": "app"}}
    theirs = observed.Network("n1", "app_default", {"Name": "app_default", "Driver": "overlay", **label})
    plan = planned([], replace(swarm, networks={"app_default": theirs}), replace(RULES, allow_prune_all=True))
    assert summary(plan) == ["remove service app_web"]
    assert "`docker network rm app_default` removes it" in held(plan)[Key(Kind.NETWORK, "app_default")]


def test_what_replaces_everything_waits_for_consent_too_and_goes_on_waiting() -> None:
    swarm = running(stack(service("app_a"), service("app_b"), service("app_c")))
    other = [stack(service("app_x"), service("app_y"), service("app_z"))]
    plan = planned(other, swarm)
    assert "3 of 3" in plan.needs_consent
    assert summary(plan) == []
    assert set(held(plan)) >= {Key(Kind.SERVICE, f"app_{name}") for name in "abcxyz"}
    assert planned(other, after(plan, swarm)).needs_consent


def test_a_question_isnt_answered_by_a_file_that_doesnt_load_meanwhile() -> None:
    """Else what is new would be made then, and as soon as the file loads again what leaves is the smaller part."""
    swarm = running(stack(service("app_a")))
    other = [stack(service("app_x"), service("app_y"))]
    asked = planned(other, swarm).needs_consent
    assert asked
    broken = planned(other, swarm, replace(RULES, complete=False, asked=asked))
    assert broken.needs_consent == asked
    assert summary(broken) == []
    assert planned(other, swarm, replace(RULES, complete=False)).needs_consent == ""
    assert planned(other, swarm, replace(RULES, complete=False, asked=asked, allow_prune_all=True)).needs_consent == ""


def test_a_question_is_over_when_nothing_leaves_any_more_though_a_file_doesnt_load() -> None:
    swarm = running(stack(service("app_a")))
    back = [stack(service("app_a"), service("app_x"))]
    plan = planned(back, swarm, replace(RULES, complete=False, asked="removing 1 of 1 services needs consent"))
    assert (plan.needs_consent, summary(plan)) == ("", ["create service app_x"])


def test_our_own_memory_is_never_pruned() -> None:
    swarm = running(stack(service()))
    kept = {
        name: observed.Config(name, name, 1, {"Name": name, "Labels": {labels.OWNER: "reconciler", label: ""}})
        for name, label in (
            ("reconciler-lease", f"{labels.LEASE}holder"),
            ("reconciler-suspended", f"{labels.SUSPENDED}count"),
            ("reconciler-history-0", f"{labels.HISTORY}number"),
        )
    }
    plan = planned([stack(service())], replace(swarm, configs=kept))
    assert not plan
    assert not held(plan)


def test_what_a_service_outside_of_a_stack_needs_stays_when_the_stack_is_taken_down() -> None:
    """Be it only for a rollback: `docker service rollback` would take that service down."""
    container = {"Configs": [{"ConfigName": "app_conf", "File": {"Name": "/c"}}]}
    swarm = running(stack(configs=(config(b"x"),)))
    now = {**service("other").spec, "Name": "other", "Labels": {}}
    before = {**now, "TaskTemplate": {"ContainerSpec": {"Image": "web:1", **container}}}
    foreign = observed.Service("o", "other", 1, now, previous_spec=before)
    removal = Removal("app", "reconciler")
    key = Key(Kind.CONFIG, "app_conf")
    assert key in {action.key for action in plan_removal(removal, swarm).actions}
    beside = replace(swarm, services={"other": foreign})
    assert key not in {action.key for action in plan_removal(removal, beside).actions}
    assert kept(removal, beside)[key] == "stays, for other needs it, now or for a rollback"


def test_what_belongs_to_another_owner_stays_and_nobody_is_told_to_remove_it() -> None:
    swarm = running(stack(service()))
    stays = kept(Removal("app", "another"), swarm)
    assert set(stays.values()) == {"stays, for it belongs to the owner reconciler"}


def test_removals_wait_until_the_files_are_still_and_the_question_of_consent_with_them() -> None:
    swarm = running(stack(service("app_a"), service("app_b"), service("app_c")))
    fewer, settling = [stack(service("app_a"), service("app_b"))], replace(RULES, settling=True)
    plan = planned(fewer, swarm, settling)
    assert (summary(plan), plan.settling, plan.pending) == ([], True, {})
    assert plan.holds[Key(Kind.SERVICE, "app_c")].cause is Cause.SETTLING
    created = planned([stack(service("app_a"), service("app_b"), service("app_d"))], swarm, settling)
    assert summary(created) == ["create service app_d"]
    # What is new must not make what leaves the smaller part before the question can be asked.
    other = planned([stack(service("app_x"), service("app_y"), service("app_z"))], swarm, settling)
    assert (summary(other), other.needs_consent, other.settling) == ([], "", True)
    assert not planned([stack(service("app_a"), service("app_b"), service("app_c"))], swarm, settling).settling
    broken = replace(settling, complete=False, asked="removing 2 of 3 services needs --allow-prune-all")
    assert planned(fewer, swarm, broken).needs_consent == broken.asked
