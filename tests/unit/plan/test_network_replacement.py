"""Replacement of networks: services are parked and put back, and jobs that are done don't run again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.model import Network, Service, Stack
from reconciler.loop.assess import Memory, assess
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.observed.parking import park, parked, resumed
from reconciler.plan.canonical import differences
from reconciler.plan.model import Key, Kind, Plan, Verb
from reconciler.verdict.model import Verdict
from tests.unit.plan.world import RULES, after, planned, running, service, spec, stack, summary
from tests.unit.words import blocked, held

JOB: dict[str, Any] = {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}}
NETWORK = Key(Kind.NETWORK, "app_default")
CHANGED = Network("app_default", "app", {"Name": "app_default", "Driver": "overlay", "Internal": True}, replace=True)
MODES: list[dict[str, Any]] = [
    {"Replicated": {"Replicas": 3}},
    {"Global": {}},
    {"GlobalJob": {}},
    {"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 5}},
]


def job(name: str = "app_job") -> Service:
    made = service(name)
    return replace(made, spec={**made.spec, "Mode": JOB, "EndpointSpec": {}})


def wanted(*services: Service) -> Stack:
    return stack(*services, networks=(CHANGED,))


def with_tasks(swarm: Snapshot, *tasks: Task) -> Snapshot:
    return replace(swarm, tasks={each.service_id: (each,) for each in tasks})


def task(service_id: str, state: TaskState, **more: Any) -> Task:
    template = {"Networks": [{"Target": "app_default"}], **more.pop("spec", {})}
    wanted = more.pop("wanted", TaskState.RUNNING)
    return Task("t1", service_id, "node1", 1, state, wanted, template, **more)


def replaced(stacks: Stack, swarm: Snapshot) -> tuple[list[Plan], Snapshot]:
    plans = []
    for _ in range(4):
        plan = planned([stacks], swarm)
        if not plan:
            break
        plans.append(plan)
        swarm = after(plan, swarm)
    return plans, swarm


def test_all_are_parked_at_once_and_the_job_that_is_done_never_runs_again() -> None:
    swarm = running(stack(service(), job()))
    done = task("id-app_job", TaskState.COMPLETE, wanted=TaskState.COMPLETE)
    plans, end = replaced(wanted(service(), job()), with_tasks(swarm, done))
    assert summary(plans[0]) == ["update service app_web", "update service app_job", "replace network app_default"]
    assert all(action.depends_on == () for action in plans[0].actions)
    assert plans[0].actions[2].notes == ("stopped meanwhile: app_job, app_web",)
    assert [summary(each) for each in plans[1:]] == [["update service app_web"]]
    assert labels.PARKED not in end.services["app_web"].spec["Labels"]
    assert differences(service().spec, end.services["app_web"].spec) == ()
    assert end.services["app_job"].spec["Mode"] == {"ReplicatedJob": {"MaxConcurrent": 0, "TotalCompletions": 0}}
    judged = assess([wanted(service(), job())], end, RULES, lambda _: None, Memory()).judgements
    assert judged["app_job"].verdict is Verdict.COMPLETED
    other = replace(job(), spec={**job().spec, "TaskTemplate": {**spec()["TaskTemplate"], "ForceUpdate": 1}})
    changed = replace(other, spec={**job().spec, "UpdateConfig": {}, "Labels": {"a": "b"}})
    plan = planned([wanted(service(), changed)], end)
    assert summary(plan) == ["update service app_job"]
    assert plan.actions[0].spec is not None
    assert plan.actions[0].spec["Mode"] == JOB
    assert plan.actions[0].spec["TaskTemplate"]["Networks"]


def test_a_job_that_failed_runs_again_once_its_network_is_there() -> None:
    swarm = with_tasks(running(stack(job())), task("id-app_job", TaskState.FAILED, wanted=TaskState.SHUTDOWN))
    plans, end = replaced(wanted(job()), swarm)
    assert [summary(each) for each in plans][1:] == [["update service app_job"]]
    assert end.services["app_job"].spec["Mode"] == JOB


def test_a_job_that_runs_is_waited_for() -> None:
    swarm = with_tasks(running(stack(service(), job())), task("id-app_job", TaskState.RUNNING))
    plan = planned([wanted(service(), job())], swarm)
    assert summary(plan) == []
    assert "once the job app_job has ended" in held(plan)[NETWORK]
    assert plan.holds[NETWORK].cause is Cause.LATER


def _foreign(swarm: Snapshot) -> Snapshot:
    alien = observed.Service("id-x", "alien", 1, {**spec("alien"), "Labels": {}, "EndpointSpec": {}})
    return replace(swarm, services={**swarm.services, "alien": alien})


def _guest(swarm: Snapshot) -> Snapshot:
    attachment = {"NetworkAttachmentSpec": {"ContainerID": "0123456789abcdef"}}
    return with_tasks(swarm, task("", TaskState.RUNNING, spec=attachment))


def _of_a_rollout(swarm: Snapshot) -> Snapshot:
    other = observed.Service("id-x", "other", 1, {**spec("other"), "TaskTemplate": {}, "EndpointSpec": {}})
    services = {**swarm.services, "other": other}
    return with_tasks(replace(swarm, services=services), task("id-x", TaskState.RUNNING))


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (_foreign, "service alien"),
        (_guest, "container 0123456789ab"),
        (_of_a_rollout, "task t1 of service other"),
    ],
)
def test_nothing_is_detached_from_a_network_that_somebody_else_uses(others: Any, words: str) -> None:
    plan = planned([wanted(service())], others(running(stack(service()))))
    assert summary(plan) == []
    assert words in held(plan)[NETWORK]
    assert plan.holds[NETWORK].cause is Cause.IN_USE


@pytest.mark.parametrize("more", [(_foreign, "service alien"), (_guest, "container 0123456789ab")])
def test_a_network_that_leaves_stays_while_somebody_else_uses_it(more: Any) -> None:
    others, words = more
    bare = replace(service(), spec={**spec(), "TaskTemplate": {**spec()["TaskTemplate"], "Networks": []}})
    swarm = others(running(stack(bare)))
    plan = planned([stack(bare, networks=())], swarm)
    assert summary(plan) == []
    assert words in held(plan)[NETWORK]
    assert plan.holds[NETWORK].cause is Cause.IN_USE


def test_what_was_parked_comes_back_though_its_file_cant_be_written() -> None:
    swarm = running(stack(service()))
    plan = planned([wanted(service())], swarm)
    between = after(plan, swarm)
    other_mode = replace(service(), spec={**spec(), "Mode": {"Global": {}}})
    back = planned([wanted(other_mode)], between)
    assert summary(back) == ["update service app_web"]
    assert "starts again as it was" in back.actions[0].reason
    end = after(back, between)
    assert differences(spec(), end.services["app_web"].spec) == ()
    assert "needs replacing" in blocked(back)["app_web"]


def test_what_is_parked_is_never_ready() -> None:
    swarm = running(stack(service()))
    between = after(planned([wanted(service())], swarm), swarm)
    lost = replace(between, networks={})
    judged = assess([wanted(service())], lost, RULES, lambda _: None, Memory()).judgements
    assert judged["app_web"].verdict is Verdict.PROGRESSING
    assert judged["app_web"].desired == 1


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: next(iter(mode)))
@given(taken=st.sets(st.sampled_from(["a", "b", "c"])), done=st.booleans())
def test_parked_and_resumed_is_what_it_was(mode: dict[str, Any], taken: set[str], done: bool) -> None:
    networks = [{"Target": name, "Aliases": ["x"]} for name in "abc"]
    given_spec = {**spec(), "Mode": mode, "TaskTemplate": {**spec()["TaskTemplate"], "Networks": networks}}
    there = park(given_spec, taken, done=done)
    assert differences(given_spec, resumed(there)) == ()
    note = parked(there)
    assert note is not None
    assert (set(note.names), note.done) == (taken, done)
    again = park(there, {"a"}, done=done)
    assert differences(given_spec, resumed(again)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "x" * 70_000,
        "[]",
        "null",
        json.dumps({"mode": {"Global": {}}, "networks": []}),
        json.dumps({"mode": {"Replicated": {"Replicas": -1}}, "networks": []}),
        json.dumps({"mode": {"Replicated": {"Replicas": 1e30}}, "networks": []}),
        json.dumps({"mode": {"Replicated": {"Replicas": True}}, "networks": []}),
        json.dumps({"mode": {"Replicated": {"Replicas": 1}}, "networks": [{"Target": 1}]}),
        json.dumps({"mode": {"Replicated": {"Replicas": 1}}, "networks": [{"Target": "a", "Extra": 1}]}),
        json.dumps({"mode": {"Replicated": {"Replicas": 1}}, "networks": [{"Target": "a", "Aliases": [1]}]}),
    ],
)
def test_a_note_that_somebody_edited_is_no_note(text: str) -> None:
    there = {**spec(), "Labels": {labels.PARKED: text}}
    assert parked(there) is None
    assert resumed(there) is there


def test_parking_is_an_update() -> None:
    plan = planned([wanted(service())], running(stack(service())))
    assert [action.verb for action in plan.actions] == [Verb.UPDATE, Verb.REPLACE]
    assert [change.path for change in plan.actions[0].changes] == ["deploy.replicas", "networks.app_default"]
