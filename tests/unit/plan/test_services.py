"""What a plan does to a service that is there."""

from __future__ import annotations

from dataclasses import replace

from reconciler.desired.model import Options, Service
from reconciler.observed import model as observed
from reconciler.observed.model import TaskState
from reconciler.plan.model import Key, Kind, Verb
from tests.unit.plan.world import RULES, by_hand, planned, running, service, spec, stack, summary
from tests.unit.words import blocked, held

RUNNING = TaskState.RUNNING


def test_a_change_by_hand_is_reverted_with_the_order_of_the_rest_kept() -> None:
    wanted = stack(service())
    swarm = by_hand(running(wanted), spec(Env=["B=2", "X=9", "A=0"]))
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
    changed = spec(Image="web:1@sha256:" + "a" * 64, Env=["B=2", "A=1"], Isolation="default")
    changed["TaskTemplate"] |= {"ForceUpdate": 7, "Runtime": "container", "Placement": {"Platforms": [{"OS": "linux"}]}}
    changed["Mode"] = {"Replicated": {"Replicas": 3}}
    changed["Labels"]["odd"] = "yes"
    (action,) = planned([wanted], by_hand(running(wanted), changed)).actions
    assert [change.path for change in action.changes] == ["deploy.labels.odd", "deploy.replicas"]
    assert not action.restarts_tasks
    assert action.spec is not None
    assert action.spec["TaskTemplate"] == changed["TaskTemplate"]
    assert action.spec["Mode"] == {"Replicated": {"Replicas": 1}}


def test_ignored_fields_hold_for_diffs_and_for_writes() -> None:
    options = Options(ignore=("deploy.replicas", "environment.TOKEN"))
    wanted = stack(service(options=options))
    changed = spec(Env=["A=1", "TOKEN=theirs", "B=2"])
    changed["Mode"] = {"Replicated": {"Replicas": 9}}
    swarm = by_hand(running(wanted), changed)
    assert not planned([wanted], swarm)
    newer = stack(service(options=options, Image="web:2", Env=["A=2", "B=2"]))
    (action,) = planned([newer], swarm).actions
    assert [change.path for change in action.changes] == ["environment.A", "image"]
    assert action.spec is not None
    assert action.spec["Mode"] == {"Replicated": {"Replicas": 9}}
    assert action.spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=2", "TOKEN=theirs", "B=2"]


def test_a_change_of_mode_needs_leave_too() -> None:
    swarm = running(stack(service()))
    everywhere = {**spec(), "Mode": {"Global": {}}}
    plan = planned([stack(replace(service(), spec=everywhere))], swarm)
    assert summary(plan) == []
    assert "replace: true" in plan.warnings[0].hint
    leave = replace(service(options=Options(replace=True)), spec=everywhere)
    assert summary(planned([stack(leave)], swarm)) == ["replace service app_web"]
    theirs = replace(leave, options=Options(replace=True, ignore=("environment.A", "user", "deploy.replicas")))
    swarm = by_hand(swarm, spec(Env=["A=theirs", "B=3"], User="nobody"))
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


def test_a_newer_digest_is_followed_when_a_registry_just_told_it() -> None:
    swarm = running(stack(service(Image="web:1@sha256:old")))
    assert not planned([stack(service())], swarm)
    (action,) = planned([stack(service())], swarm, replace(RULES, digests={("pin", "web:1"): "sha256:new"})).actions
    assert [(change.before, change.after) for change in action.changes] == [("web:1@sha256:old", "web:1@sha256:new")]


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
    assert "room for 1 (max_replicas_per_node: 1, active nodes: 1)" in blocked(plan)["app_web"]
    assert held(plan)[Key(Kind.SERVICE, "app_web")] == blocked(plan)["app_web"]
    assert summary(planned([stack(tight("web:1"))], one)) == []
    assert not blocked(planned([stack(tight("web:1"))], one)), "nothing is to be rolled out"
    for free in (
        planned([stack(tight("web:2"))], replace(swarm, nodes=nodes("active", "active"))),
        planned([stack(tight("web:2", "stop-first"))], one),
    ):
        assert summary(free) == ["update service app_web"]


def test_what_makes_no_other_tasks_waits_for_the_rollout_under_way_while_that_moves() -> None:
    swarm = running(stack(service()))
    found = swarm.services["app_web"]
    rolling = replace(found, update=observed.UpdateStatus("updating"), updated_at=swarm.at - 10)
    middle = replace(swarm, services={"app_web": rolling})
    three = replace(service(), spec={**spec(), "Mode": {"Replicated": {"Replicas": 3}}})
    plan = planned([stack(three)], middle)
    assert summary(plan) == []
    assert held(plan)[Key(Kind.SERVICE, "app_web")] == "waits for the rollout under way: deploy.replicas differs"
    for free in (
        planned([stack(three)], swarm),
        planned([stack(three)], middle, replace(RULES, forced=True)),
        planned([stack(replace(three, options=Options(ready_timeout=5)))], middle),
        planned([stack(service(Image="web:2"))], middle),
    ):
        assert summary(free) == ["update service app_web"]
