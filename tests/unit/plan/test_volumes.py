"""Data in volumes: what is left behind waits for consent, and what is renamed keeps what runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.model import Service, Stack, Volume
from reconciler.loop.assess import Memory, assess, hold
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.plan.model import Effect, Key, Kind, Plan
from tests.unit.plan.world import RULES, after, planned, running, service, spec, stack, summary
from tests.unit.words import blocked, held, in_words

OWN = {"Labels": {labels.STACK: "app"}}
MOUNT = {"Type": "volume", "Source": "app_data", "Target": "/data", "VolumeOptions": OWN}
AGREED = replace(RULES, allow_prune_all=True)


def with_volume(name: str, volume: str, options: dict[str, str] | None = None, stack: str = "app") -> Service:
    mount: dict[str, Any] = {**MOUNT, "Source": volume}
    if options:
        mount = {**mount, "VolumeOptions": {**OWN, "DriverConfig": {"Name": "local", "Options": options}}}
    made = spec(name, Mounts=[mount])
    labelled = {**made, "Labels": {"com.docker.stack.namespace": stack}, "EndpointSpec": {}}
    task = {**made["TaskTemplate"], "Networks": []}
    return Service(name, stack, name.partition("_")[2], {**labelled, "TaskTemplate": task})


def others() -> Stack:
    return stack(service("app_x"), service("app_y"), service("app_z"))


def one(name: str, *services: Service) -> Stack:
    volumes = tuple(
        Volume(str(mount["Source"]), name)
        for each in services
        for mount in each.spec["TaskTemplate"]["ContainerSpec"].get("Mounts", [])
    )
    return Stack(name, f"{name}.yaml", services=services, volumes=volumes)


def key(name: str) -> Key:
    return Key(Kind.SERVICE, name)


def effects(plan: Plan, name: str) -> set[Effect]:
    action = next(action for action in plan.actions if action.name == name)
    return {each.effect for each in action.effects}


def test_a_renamed_stack_file_asks_before_its_database_begins_empty() -> None:
    swarm = running(others(), one("a", with_volume("a_db", "a_data", stack="a")))
    renamed = [others(), one("b", with_volume("b_db", "b_data", stack="b"))]
    plan = planned(renamed, swarm)
    assert summary(plan) == []
    assert plan.needs_consent == "leaving volume a_data behind needs --allow-prune-all"
    assert {plan.holds[key(name)].cause for name in ("a_db", "b_db")} == {Cause.AWAITING_CONSENT}
    assert "volume a_data would stay behind" in held(plan)[key("a_db")]
    assert "volume b_data would begin empty; `name: a_data`" in held(plan)[key("b_db")]
    early = planned(renamed, swarm, replace(RULES, settling=True))
    assert (early.settling, early.needs_consent) == (True, "")
    plan = planned(renamed, swarm, AGREED)
    assert summary(plan) == ["create service b_db", "remove service a_db"]
    assert effects(plan, "a_db") == {Effect.DATA_LEFT}
    assert effects(plan, "b_db") == {Effect.DATA_EMPTY}
    assert planned(renamed, after(plan, swarm)).actions == ()


def test_the_network_of_a_service_that_stays_for_its_data_stays_too() -> None:
    db = replace(with_volume("app_db", "app_data"), spec=spec("app_db", Mounts=[MOUNT]))
    swarm = running(stack(db), one("a", *(with_volume(f"a_{name}", "a_data", stack="a") for name in "xyz")))
    plan = planned([one("a", *(with_volume(f"a_{name}", "a_data", stack="a") for name in "xyz"))], swarm)
    assert summary(plan) == []
    assert held(plan)[Key(Kind.NETWORK, "app_default")] == "no longer desired, but still used by app_db"


def test_a_name_that_keeps_the_volume_needs_no_consent() -> None:
    swarm = running(others(), one("a", with_volume("a_db", "a_data", stack="a")))
    plan = planned([others(), one("b", with_volume("b_db", "a_data", stack="b"))], swarm)
    assert plan.needs_consent == ""
    assert summary(plan) == ["remove service a_db"]  # the new one would write the same volume beside it
    assert plan.holds[key("b_db")].cause is Cause.LATER
    writing = Task(
        "t1", "id-a_db", "n", 1, TaskState.RUNNING, TaskState.REMOVE, swarm.services["a_db"].spec["TaskTemplate"]
    )
    between = replace(after(plan, swarm), tasks={"id-a_db": (writing,)})
    wanted = [others(), one("b", with_volume("b_db", "a_data", stack="b"))]
    assert summary(planned(wanted, between)) == []
    ended = replace(between, tasks={"id-a_db": (replace(writing, state=TaskState.SHUTDOWN),)})
    assert summary(planned(wanted, ended)) == ["create service b_db"]


def test_a_renamed_volume_and_a_removed_service_ask_too_and_the_rest_goes_on() -> None:
    swarm = running(others(), one("a", with_volume("a_db", "a_data", stack="a")))
    plan = planned([others(), one("a", with_volume("a_db", "a_new", stack="a"))], swarm)
    assert summary(plan) == []
    assert "volume a_new at /data would begin empty" in held(plan)[key("a_db")]
    plan = planned([stack(service("app_x"), service("app_y"), service("app_z"), service("app_w"))], swarm)
    assert summary(plan) == ["create service app_w"]
    assert plan.holds[key("a_db")].cause is Cause.AWAITING_CONSENT
    declared = Stack("a", "a.yaml", volumes=(Volume("a_data", "a"),))
    assert summary(planned([others(), declared], swarm)) == ["remove service a_db"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {**OWN, "DriverConfig": {"Options": {"type": "nfs", "device": ":/export", "o": "addr=nas"}}},
        {**OWN, "DriverConfig": {"Options": {"type": "none", "o": "bind", "device": "/srv/data"}}},
        {**OWN, "DriverConfig": {"Options": {"type": "tmpfs", "device": "tmpfs"}}},
    ],
    ids=["external", "nfs", "bind", "tmpfs"],
)
def test_a_removal_asks_only_for_data_that_lies_in_the_engines_own_folder(options: dict[str, Any]) -> None:
    mount = {**MOUNT, "VolumeOptions": options}
    db = replace(with_volume("app_db", "app_data"), spec=spec("app_db", Mounts=[mount]))
    swarm = running(stack(db, service("app_x"), service("app_y")))
    plan = planned([stack(service("app_x"), service("app_y"))], swarm)
    assert (summary(plan), plan.needs_consent) == (["remove service app_db"], "")


def test_memory_that_goes_with_its_tasks_is_no_loss() -> None:
    tmpfs = {"type": "tmpfs", "device": "tmpfs"}
    swarm = running(others(), one("a", with_volume("a_db", "a_data", tmpfs, stack="a")))
    plan = planned([others(), one("a", with_volume("a_db", "a_new", stack="a"))], swarm)
    assert plan.needs_consent == ""


def test_the_same_place_under_another_name_is_no_loss() -> None:
    nfs = {"type": "nfs", "device": ":/export"}
    swarm = running(others(), one("a", with_volume("a_db", "a_data", nfs, stack="a")))
    plan = planned([others(), one("b", with_volume("b_db", "b_data", nfs, stack="b"))], swarm)
    assert plan.needs_consent == ""


def test_a_service_is_held_with_a_volume_whose_options_change() -> None:
    swarm = running(others(), one("a", with_volume("a_db", "a_data", stack="a")))
    bind = {"type": "none", "o": "bind", "device": "/srv"}
    plan = planned([others(), one("a", with_volume("a_db", "a_data", bind, stack="a"))], swarm)
    assert summary(plan) == []
    assert plan.holds[key("a_db")].cause is Cause.NEEDS_REPLACEMENT
    assert "cp -a" in blocked(plan)["a_db"]
    there = replace(running(others()), volumes={"a_data": observed.Volume("a_data", {"Driver": "local"})})
    plan = planned([others(), one("a", with_volume("a_db", "a_data", bind, stack="a"))], there)
    assert plan.holds[key("a_db")].cause is Cause.NEEDS_REPLACEMENT


def renamed(old: Service, new: Service) -> tuple[Plan, Snapshot, list[Stack]]:
    swarm = running(stack(old, service("app_x"), service("app_y")))
    wanted = [stack(new, service("app_x"), service("app_y"))]
    return planned(wanted, swarm), swarm, wanted


def portless(name: str) -> Service:
    made = service(name)
    return replace(made, spec={**made.spec, "EndpointSpec": {}})


def test_a_renamed_service_stays_until_its_successor_is_ready() -> None:
    plan, swarm, wanted = renamed(portless("app_old"), portless("app_new"))
    assert summary(plan) == ["create service app_new", "remove service app_old"]
    create, remove = plan.actions
    assert "stays until this one is Ready" in create.notes[-1]
    assert [each.service for each in remove.depends_on] == ["app_new"]
    judged = assess(wanted, swarm, RULES, lambda _: None, Memory()).judgements
    assert in_words(hold(plan, judged)(remove)).startswith("waits for app_new (service_healthy): Missing")
    both = replace(swarm, services={**swarm.services, "app_new": after(plan, swarm).services["app_new"]})
    later = planned(wanted, both)
    assert [each.service for each in later.actions[0].depends_on] == ["app_new"]
    assert labels.SUCCEEDS in both.services["app_new"].spec["Labels"]


def test_where_both_have_one_port_the_old_one_goes_first() -> None:
    old, new = service("app_web"), service("app_new")
    new = replace(new, spec={**new.spec, "EndpointSpec": old.spec["EndpointSpec"]})
    plan, _, _ = renamed(old, new)
    create = next(action for action in plan.actions if action.name == "app_new")
    assert "stops first: both use port 8080" in create.notes[-1]
    assert key("app_web") in create.after


def test_runs_of_jobs_and_downtime_are_announced() -> None:
    swarm = running(stack(service()))
    plan = planned([stack(service(Image="web:2"))], swarm)
    assert effects(plan, "app_web") == {Effect.DOWNTIME}
    job = replace(service("app_job"), spec={**spec("app_job"), "Mode": {"ReplicatedJob": {}}, "EndpointSpec": {}})
    assert effects(planned([stack(service(), job)], swarm), "app_job") == {Effect.JOB_RUN}


def test_while_files_settle_a_successor_is_marked_and_none_writes_the_volume_beside_the_old_one() -> None:
    settling = replace(RULES, settling=True)
    swarm = running(stack(service("app_old"), service("app_x"), service("app_y")))
    wanted = [stack(service("app_new"), service("app_x"), service("app_y"))]
    plan = planned(wanted, swarm, settling)
    (action,) = plan.actions
    assert action.spec is not None
    assert action.spec["Labels"][labels.SUCCEEDS] == "app_old"

    swarm = running(others(), one("a", with_volume("a_db", "a_data", stack="a")))
    plan = planned([others(), one("b", with_volume("b_db", "a_data", stack="b"))], swarm, settling)
    assert summary(plan) == []
