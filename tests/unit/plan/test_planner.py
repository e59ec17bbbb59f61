"""What a plan does, by rule of the design."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import labels
from reconciler.desired.model import (
    Condition,
    Dependency,
    Generate,
    Location,
    Need,
    Network,
    Options,
    Service,
    Spec,
    Stack,
)
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.observed import model as observed
from reconciler.observed.model import TaskState
from reconciler.plan.model import Key, Kind, Verb
from tests.unit.plan.world import (
    EMPTY,
    RULES,
    after,
    config,
    planned,
    running,
    secret,
    service,
    spec,
    stack,
    summary,
    unowned,
)

RUNNING = TaskState.RUNNING
NIGHT = Suspension(1795507200.0, "ann@ops", "migrating")


def test_a_first_plan_creates_everything_and_the_second_is_empty() -> None:
    wanted = stack(
        service(), configs=(config(b"x"),), secrets=(secret(b"s"), secret(b"", "app_made", generate=Generate()))
    )
    first = planned([wanted])
    assert summary(first) == [
        "create network app_default",
        "create config app_conf",
        "create secret app_key",
        "create secret app_made",
        "create service app_web",
    ]
    second = planned([wanted], after(first, EMPTY))
    assert not second
    assert second.unchanged == 5


def test_dependencies_come_first() -> None:
    web = replace(service("app_a"), depends_on=(Dependency("app_z", Condition.HEALTHY),))
    assert summary(planned([stack(web, service("app_z"))]))[1:] == ["create service app_z", "create service app_a"]


def test_a_change_by_hand_is_reverted_with_the_order_of_the_rest_kept() -> None:
    wanted = stack(service())
    swarm = running(wanted)
    changed = spec(Env=["B=2", "X=9", "A=0"])
    swarm = replace(swarm, services={"app_web": replace(swarm.services["app_web"], spec=_owned(changed))})
    (action,) = planned([wanted], swarm).actions
    assert [(change.path, change.before, change.after) for change in action.changes] == [
        ("environment.A", "0", "1"),
        ("environment.X", "9", None),
    ]
    assert action.restarts_tasks
    assert action.spec is not None
    assert action.spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["B=2", "A=1"]


def test_a_change_of_labels_or_replicas_restarts_no_task_and_leaves_the_task_template_alone() -> None:
    wanted = stack(service())
    swarm = running(wanted)
    changed = _owned(spec(Image="web:1@sha256:" + "a" * 64, Env=["B=2", "A=1"], Isolation="default"))
    changed["TaskTemplate"] |= {"ForceUpdate": 7, "Runtime": "container", "Placement": {"Platforms": [{"OS": "linux"}]}}
    changed["Mode"] = {"Replicated": {"Replicas": 3}}
    changed["Labels"]["odd"] = "yes"
    swarm = replace(swarm, services={"app_web": replace(swarm.services["app_web"], spec=changed)})
    (action,) = planned([wanted], swarm).actions
    assert [change.path for change in action.changes] == ["deploy.labels.odd", "deploy.replicas"]
    assert not action.restarts_tasks
    assert action.spec is not None
    assert action.spec["TaskTemplate"] == changed["TaskTemplate"]
    assert action.spec["Mode"] == {"Replicated": {"Replicas": 1}}


def test_ignored_fields_hold_for_diffs_and_for_writes() -> None:
    options = Options(ignore=("deploy.replicas", "environment.TOKEN"))
    wanted = stack(service(options=options))
    swarm = running(wanted)
    changed = _owned(spec(Env=["A=1", "TOKEN=theirs", "B=2"]))
    changed["Mode"] = {"Replicated": {"Replicas": 9}}
    swarm = replace(swarm, services={"app_web": replace(swarm.services["app_web"], spec=changed)})
    assert not planned([wanted], swarm)
    newer = stack(service(options=options, Image="web:2", Env=["A=2", "B=2"]))
    (action,) = planned([newer], swarm).actions
    assert [change.path for change in action.changes] == ["environment.A", "image"]
    assert action.spec is not None
    assert action.spec["Mode"] == {"Replicated": {"Replicas": 9}}
    assert action.spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=2", "TOKEN=theirs", "B=2"]


def test_adoption_changes_labels_only_and_takes_secrets_on_trust() -> None:
    wanted = stack(service(), configs=(config(b"x"),), secrets=(secret(b"s"),))
    swarm = unowned(running(wanted))
    plan = planned([wanted], swarm)
    assert summary(plan) == ["adopt config app_conf", "adopt secret app_key", "adopt service app_web"]
    assert not any(action.restarts_tasks for action in plan.actions)
    assert "taken on trust" in plan.warnings[0].message
    adopted = after(plan, swarm)
    assert adopted.services["app_web"].spec["TaskTemplate"] == swarm.services["app_web"].spec["TaskTemplate"]
    assert not planned([wanted], adopted)


def test_an_adopted_service_made_by_hand_lacks_the_labels_of_a_stack_and_isnt_restarted_for_them() -> None:
    by_hand = spec()
    del by_hand["Labels"]
    labelled = spec(Labels={labels.STACK: "app"})
    wanted = stack(replace(service(), spec=labelled))
    swarm = replace(running(stack()), services={"app_web": observed.Service("id", "app_web", 3, by_hand)})
    (action,) = planned([wanted], swarm).actions
    assert action.verb is Verb.ADOPT
    assert action.spec is not None
    assert action.spec["TaskTemplate"] == by_hand["TaskTemplate"]
    assert action.spec["Labels"] == {labels.STACK: "app", labels.OWNER: "reconciler"}


def test_another_owners_objects_are_left_alone() -> None:
    wanted = stack(service())
    plan = planned([wanted], running(wanted), replace(RULES, owner="somebody"))
    assert summary(plan) == []
    assert plan.held[Key(Kind.SERVICE, "app_web")] == "belongs to reconciler"


def test_a_changed_config_rotates_and_the_old_one_goes_when_unused() -> None:
    def world(data: bytes) -> Stack:
        return stack(service(Configs=[{"ConfigName": "app_conf", "File": {"Name": "/c"}}]), configs=(config(data),))

    one, two = world(b"1"), world(b"2")
    swarm = running(one)
    plan = planned([two], swarm)
    new = plan.actions[0].name
    assert summary(plan) == [f"create config {new}", "update service app_web"]
    assert new.startswith("app_conf-")
    assert plan.held[Key(Kind.CONFIG, "app_conf")] == "no longer desired, but still used by app_web"
    moved = after(plan, swarm)
    assert summary(planned([two], moved)) == ["remove config app_conf"]
    back = planned([one], after(planned([two], moved), moved))
    assert summary(back)[0] == "create config app_conf"


def test_a_changed_secret_rotates_and_its_digest_is_salted() -> None:
    swarm = running(stack(secrets=(secret(b"one"),)))
    plan = planned([stack(secrets=(secret(b"hunter2"),))], swarm)
    created = plan.actions[0]
    assert created.name.startswith("app_key-")
    assert created.spec is not None
    assert created.spec["Labels"][labels.DIGEST].startswith("scrypt$pepper$")
    assert "hunter2" not in repr(plan)
    assert not planned([stack(secrets=(secret(b"one"),))], swarm, replace(RULES, salt="other"))


def test_a_generated_secret_is_never_removed() -> None:
    swarm = running(stack(service(), service("app_b"), secrets=(secret(b"", generate=Generate()),)))
    plan = planned([stack(service(), service("app_b"))], swarm)
    assert summary(plan) == []
    assert "kept for good" in plan.held[Key(Kind.SECRET, "app_key")]


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
    assert "`docker network rm app_default` removes it" in plan.held[Key(Kind.NETWORK, "app_default")]


def test_what_replaces_everything_waits_for_consent_too_and_goes_on_waiting() -> None:
    swarm = running(stack(service("app_a"), service("app_b"), service("app_c")))
    other = [stack(service("app_x"), service("app_y"), service("app_z"))]
    plan = planned(other, swarm)
    assert "3 of 3" in plan.needs_consent
    assert summary(plan) == []
    assert set(plan.held) >= {Key(Kind.SERVICE, f"app_{name}") for name in "abcxyz"}
    assert planned(other, after(plan, swarm)).needs_consent


def test_a_suspended_stack_is_neither_written_nor_pruned() -> None:
    swarm = running(stack(service(), service("app_old")))
    suspended = replace(stack(service(Image="web:2", options=Options(suspend=True))), suspend=True)
    plan = planned([suspended], swarm)
    assert summary(plan) == []
    assert plan.held[Key(Kind.SERVICE, "app_web")] == "suspended: image differs"
    assert "suspended" in plan.held[Key(Kind.SERVICE, "app_old")]


def test_what_is_suspended_at_run_time_is_neither_written_nor_pruned_nor_forced() -> None:
    swarm = running(stack(service(), service("app_b"), service("app_old")))
    wanted = stack(service(Image="web:2"), service("app_b", Image="web:2"), service("app_new"))
    one = Suspensions(services=dict.fromkeys(("app_web", "app_old", "app_new"), NIGHT))
    plan = planned([wanted], swarm, replace(RULES, suspensions=one, forced=True))
    assert summary(plan) == ["update service app_b"]
    since = "suspended since 2026-11-24 08:00:00 UTC by ann@ops (migrating)"
    assert plan.held == {
        Key(Kind.SERVICE, "app_web"): f"{since}: image differs",
        Key(Kind.SERVICE, "app_new"): f"{since}: it isn't there",
        Key(Kind.SERVICE, "app_old"): f"no longer desired, but {since}",
    }
    whole = replace(RULES, suspensions=Suspensions(stacks={"app": NIGHT}), allow_prune_all=True)
    assert summary(planned([wanted], swarm, whole)) == []
    assert summary(planned([], swarm, whole)) == []


def test_what_makes_no_other_tasks_waits_for_the_rollout_under_way_while_that_moves() -> None:
    swarm = running(stack(service()))
    found = swarm.services["app_web"]
    rolling = replace(found, update=observed.UpdateStatus("updating"), updated_at=swarm.at - 10)
    middle = replace(swarm, services={"app_web": rolling})
    three = replace(service(), spec={**spec(), "Mode": {"Replicated": {"Replicas": 3}}})
    plan = planned([stack(three)], middle)
    assert summary(plan) == []
    assert plan.held[Key(Kind.SERVICE, "app_web")] == "waits for the rollout under way: deploy.replicas differs"
    for free in (
        planned([stack(three)], swarm),
        planned([stack(three)], middle, replace(RULES, forced=True)),
        planned([stack(replace(three, options=Options(ready_timeout=5)))], middle),
        planned([stack(service(Image="web:2"))], middle),
    ):
        assert summary(free) == ["update service app_web"]


def test_a_network_stays_while_a_suspended_service_is_attached_to_it() -> None:
    swarm = running(stack(service(), service("app_b")))
    rules = replace(RULES, suspensions=Suspensions(services={"app_b": NIGHT}), allow_prune_all=True)
    plan = planned([], swarm, rules)
    assert summary(plan) == ["remove service app_web"]
    assert "used by app_b, which is suspended since" in plan.held[Key(Kind.NETWORK, "app_default")]
    other = Network("app_default", "app", {"Name": "app_default", "Driver": "overlay", "Internal": True}, replace=True)
    plan = planned([stack(service(), service("app_b"), networks=(other,))], swarm, rules)
    assert summary(plan) == []
    assert "used by app_b" in plan.held[Key(Kind.NETWORK, "app_default")]


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
    assert not plan.held


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


def test_a_stack_that_asks_for_more_than_the_engine_has_is_refused_whole() -> None:
    need = Need("services.web.oom_score_adj", (1, 46), "27.0", Location("app.yaml", 3, 5))
    plan = planned([stack(replace(service(), needs=(need,)), service("app_db"))])
    assert plan.actions == ()
    assert [error.message for error in plan.errors] == ["services.web.oom_score_adj needs engine 27.0"]
    assert plan.blocked.keys() == {"app_web", "app_db"}


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


def test_a_change_of_mode_needs_leave_too() -> None:
    swarm = running(stack(service()))
    everywhere = {**spec(), "Mode": {"Global": {}}}
    plan = planned([stack(replace(service(), spec=everywhere))], swarm)
    assert summary(plan) == []
    assert "replace: true" in plan.warnings[0].hint
    leave = replace(service(options=Options(replace=True)), spec=everywhere)
    assert summary(planned([stack(leave)], swarm)) == ["replace service app_web"]
    theirs = replace(leave, options=Options(replace=True, ignore=("environment.A", "user", "deploy.replicas")))
    by_hand = _owned(spec(Env=["A=theirs", "B=3"], User="nobody"))
    swarm = replace(swarm, services={"app_web": replace(swarm.services["app_web"], spec=by_hand)})
    (action,) = planned([stack(theirs)], swarm).actions
    assert action.spec is not None
    assert action.spec["Mode"] == {"Global": {}}
    assert action.spec["TaskTemplate"]["ContainerSpec"] == {
        "Image": "web:1",
        "Env": ["A=theirs", "B=2"],
        "User": "nobody",
    }
    whatever = replace(leave, options=Options(ignore=("deploy",)), spec={**spec(Image="web:2"), "Mode": {"Global": {}}})
    (action,) = planned([stack(whatever)], swarm).actions
    assert action.verb is Verb.UPDATE
    assert action.spec is not None
    assert action.spec["Mode"] == {"Replicated": {"Replicas": 1}}


def test_a_spec_that_swarm_rolled_back_is_noted_and_not_tried_again_until_it_changes_or_on_force() -> None:
    rollback = {"UpdateConfig": {"Parallelism": 1, "FailureAction": "rollback"}}
    good, bad = service(), service(Image="web:bad")
    good, bad = replace(good, spec={**good.spec, **rollback}), replace(bad, spec={**bad.spec, **rollback})
    swarm = running(stack(good))
    (update,) = planned([stack(bad)], swarm).actions
    assert update.spec is not None
    mark = update.spec["Labels"][labels.ATTEMPT]
    present = swarm.services["app_web"]
    rolled = {**present.spec, "Labels": {**present.spec["Labels"], labels.ATTEMPT: mark}}
    status = observed.UpdateStatus("rollback_completed", "update rolled back due to failure of task t1")
    swarm = replace(swarm, services={"app_web": replace(present, spec=rolled, update=status)})
    note = planned([stack(bad)], swarm)
    assert note.rolled_back["app_web"].endswith("task t1: it changed image")
    assert [change.path for change in note.actions[0].changes] == [f"deploy.labels.{labels.ROLLED_BACK}"]
    noted = after(note, swarm)
    again = planned([stack(bad)], noted)
    assert summary(again) == []
    assert again.rolled_back["app_web"].endswith("task t1: it changed image")
    (forced,) = planned([stack(bad)], noted, replace(RULES, forced=True)).actions
    assert forced.spec is not None
    assert labels.ROLLED_BACK not in forced.spec["Labels"]
    mended = replace(good, spec={**good.spec, "Mode": {"Replicated": {"Replicas": 2}}})
    (action,) = planned([stack(mended)], noted).actions
    assert [change.path for change in action.changes] == ["deploy.replicas"]


def test_when_swarm_says_no_more_than_that_it_is_done_the_first_task_that_failed_since_is_the_reason() -> None:
    rollback = {"UpdateConfig": {"Parallelism": 1, "FailureAction": "rollback"}}
    good, bad = (replace(each, spec={**each.spec, **rollback}) for each in (service(), service(Image="web:bad")))
    swarm = running(stack(good))
    mark = (planned([stack(bad)], swarm).actions[0].spec or {})["Labels"][labels.ATTEMPT]
    present = swarm.services["app_web"]
    rolled = {**present.spec, "Labels": {**present.spec["Labels"], labels.ATTEMPT: mark}}
    status = observed.UpdateStatus("rollback_completed", "rollback completed", started_at=500.0)
    tasks = tuple(
        observed.Task(name, present.id, "node1", 1, state, RUNNING, created_at=created, status_at=created + 5)
        for name, state, created in (
            ("later", TaskState.FAILED, 600.0),
            ("back", RUNNING, 510.0),
            ("culprit", TaskState.FAILED, 500.1),
            ("earlier", TaskState.FAILED, 400.0),
        )
    )
    there = {"app_web": replace(present, spec=rolled, update=status)}
    plan = planned([stack(bad)], replace(swarm, services=there, tasks={present.id: tasks}))
    assert plan.rolled_back["app_web"] == "update rolled back due to failure of task culprit: it changed image"


def test_a_rollback_under_way_is_no_verdict_yet() -> None:
    rollback = {"UpdateConfig": {"Parallelism": 1, "FailureAction": "rollback"}}
    good, bad = (replace(each, spec={**each.spec, **rollback}) for each in (service(), service(Image="web:bad")))
    swarm = running(stack(good))
    mark = (planned([stack(bad)], swarm).actions[0].spec or {})["Labels"][labels.ATTEMPT]
    present = swarm.services["app_web"]
    rolled = {**present.spec, "Labels": {**present.spec["Labels"], labels.ATTEMPT: mark}}
    status = observed.UpdateStatus("rollback_started", "update rolled back due to failure of task t1")
    plan = planned([stack(bad)], replace(swarm, services={"app_web": replace(present, spec=rolled, update=status)}))
    assert (plan.actions, plan.rolled_back) == ((), {})
    assert "is rolling this spec back" in plan.held[Key(Kind.SERVICE, "app_web")]


def test_a_rollout_that_has_no_room_for_one_task_more_is_held_and_said() -> None:
    def tight(image: str, order: str = "start-first") -> Service:
        of = spec(Image=image)
        placed = {**of["TaskTemplate"], "Placement": {"MaxReplicas": 1}}
        return replace(service(), spec={**of, "TaskTemplate": placed, "UpdateConfig": {"Order": order}})

    def nodes(*availability: str) -> dict[str, observed.Node]:
        return {
            str(number): observed.Node(str(number), f"host{number}", "down" if number else "ready", each)
            for number, each in enumerate(availability)
        }

    swarm = running(stack(tight("web:1")))
    one = replace(swarm, nodes=nodes("active", "drain"))
    plan = planned([stack(tight("web:2"))], one)
    assert summary(plan) == []
    assert "1 tasks fill 1 nodes" in plan.blocked["app_web"]
    assert plan.held[Key(Kind.SERVICE, "app_web")] == plan.blocked["app_web"]
    assert summary(planned([stack(tight("web:1"))], one)) == []
    assert not planned([stack(tight("web:1"))], one).blocked, "nothing is to be rolled out"
    for free in (
        planned([stack(tight("web:2"))], replace(swarm, nodes=nodes("active", "active"))),
        planned([stack(tight("web:2", "stop-first"))], one),
    ):
        assert summary(free) == ["update service app_web"]


def test_what_was_chosen_and_is_not_in_the_file_is_told_with_each_action() -> None:
    chosen = replace(service(), notes=("update_config chosen",))
    created = planned([stack(chosen)])
    assert created.actions[-1].notes == ("update_config chosen",)
    changed = replace(chosen, spec=spec(Image="web:2"))
    assert planned([stack(changed)], running(stack(chosen))).actions[0].notes == ("update_config chosen",)


def test_a_newer_digest_is_followed_when_a_registry_just_told_it() -> None:
    swarm = running(stack(service(Image="web:1@sha256:old")))
    assert not planned([stack(service())], swarm)
    (action,) = planned([stack(service())], swarm, replace(RULES, digests={("pin", "web:1"): "sha256:new"})).actions
    assert [(change.before, change.after) for change in action.changes] == [("web:1@sha256:old", "web:1@sha256:new")]


def _owned(spec: Spec) -> Spec:
    return {**spec, "Labels": {**spec["Labels"], labels.OWNER: "reconciler"}}


def test_tasks_that_were_cut_off_are_replaced_once() -> None:
    wanted = stack(service())
    swarm = cut_off(running(wanted))
    plan = planned([wanted], swarm)
    (change,) = plan.actions[0].changes
    assert (change.path, change.after) == ("force_update", 1)
    assert summary(planned([wanted], replace(after(plan, swarm)))) == []


def test_no_tasks_are_replaced_under_a_rollout() -> None:
    wanted = stack(service())
    swarm = cut_off(running(wanted))
    (name, found), *_ = swarm.services.items()
    rolling = replace(swarm, services={name: replace(found, update=observed.UpdateStatus("updating", "", 1.0))})
    assert summary(planned([wanted], rolling)) == []


def test_a_rollback_is_recognised_by_a_process_that_asked_no_registry() -> None:
    wanted = stack(service(options=Options(), Image="web:2"))
    rolling = {"UpdateConfig": {"FailureAction": "rollback"}}
    wanted = replace(wanted, services=(replace(wanted.services[0], spec={**wanted.services[0].spec, **rolling}),))
    before = running(stack(service()))
    asked = replace(RULES, digests={("pin", "web:2"): "sha256:" + "2" * 64})
    tried, again = (planned([wanted], before, rules).actions[0].spec or {} for rules in (asked, RULES))
    assert tried["TaskTemplate"]["ContainerSpec"]["Image"] != again["TaskTemplate"]["ContainerSpec"]["Image"]
    assert tried["Labels"][labels.ATTEMPT] == again["Labels"][labels.ATTEMPT]


def test_a_secret_that_was_generated_and_now_has_content_is_rotated() -> None:
    generated = stack(secrets=(secret(b"", generate=Generate(32)),))
    plan = planned([stack(secrets=(secret(b"mine"),))], running(generated))
    assert [action.verb for action in plan.actions] == [Verb.CREATE]
    assert plan.actions[0].name != "app_key"


def test_adopting_beside_a_rotated_config_keeps_its_name() -> None:
    uses: dict[str, Any] = {"Configs": [{"ConfigName": "app_conf", "File": {"Name": "/conf"}}]}
    old, new = stack(service(**uses), configs=(config(b"1"),)), stack(service(**uses), configs=(config(b"2"),))
    rotated = after(planned([new], running(old)), running(old))
    foreign = unowned(rotated)
    wanted = new.services[0]
    labelled = replace(wanted, spec={**wanted.spec, "Labels": {**wanted.spec["Labels"], "added": "yes"}})
    plan = planned([replace(new, services=(labelled,))], foreign)
    adopted = next(action for action in plan.actions if action.kind is Kind.SERVICE)
    assert adopted.verb is Verb.ADOPT
    assert adopted.spec is not None
    (reference,) = adopted.spec["TaskTemplate"]["ContainerSpec"]["Configs"]
    assert reference["ConfigName"] != "app_conf"


def test_a_network_of_another_stack_that_is_only_about_to_be_made_isnt_missed() -> None:
    theirs = Network("app_default", "other", {"Name": "app_default"}, external=True)
    other = replace(stack(networks=(theirs,)), name="other")
    assert planned([stack(service()), other]).warnings == ()
    (warning,) = planned([other]).warnings
    assert "external network app_default isn't there" in warning.message


@pytest.mark.parametrize("kind", ["network", "config", "secret"])
def test_what_needs_an_external_object_that_isnt_there_is_blocked_until_it_is(kind: str) -> None:
    mine = replace(stack().networks[0], external=kind == "network")
    uses: dict[str, Any] = {"Configs": [{"ConfigName": "app_conf"}], "Secrets": [{"SecretName": "app_key"}]}
    conf, key = config(b"c"), secret(b"k")
    theirs: dict[str, Any] = {
        "configs": (replace(conf, external=kind == "config"),),
        "secrets": (replace(key, external=kind == "secret"),),
    }
    wanted = stack(service(**uses), networks=(mine,), **theirs)
    lacking = planned([wanted])
    assert [action.kind for action in lacking.actions if action.kind is Kind.SERVICE] == []
    (why,) = lacking.blocked.values()
    assert why.startswith(f"external {kind} app_")
    assert lacking.held[Key(Kind.SERVICE, "app_web")] == why
    everything = after(planned([stack(configs=(conf,), secrets=(key,))]), EMPTY)
    assert planned([wanted], everything).blocked == {}


def cut_off(swarm: observed.Snapshot) -> observed.Snapshot:
    """Every service has a running task that is attached to nothing."""
    tasks = {
        found.id: (observed.Task("t1", found.id, "node1", 1, RUNNING, RUNNING, spec=found.spec["TaskTemplate"]),)
        for found in swarm.services.values()
    }
    return replace(swarm, tasks=tasks, attached={"t1": frozenset()})
