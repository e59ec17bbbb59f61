"""What is told of one service, and what is to be done about it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jsonschema

from reconciler.causes.cause import Cause
from reconciler.cli.schema import schemas
from reconciler.desired.model import Condition, Dependency, Location, Network, Options, Probe, Service, Spec, Stack
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.errors import Fault
from reconciler.labels import OWNER, STACK
from reconciler.loop.assess import Memory, assess
from reconciler.observed.model import Probed, Snapshot, TaskState
from reconciler.plan.draft import Rules
from reconciler.plan.model import Kind, Result, Verb
from reconciler.redaction import Redaction
from reconciler.status.case import Case
from reconciler.status.explain import explain
from reconciler.status.explain_output import ExplainOutput
from reconciler.status.history import HistoryEntry, PastAction
from reconciler.status.redactor import Redactor
from reconciler.status.report import Report
from reconciler.status.service_names import Named
from tests.unit.verdict import world

NIGHT = Suspension(1795507200.0, "ann@ops", "migrating")
OLD, NEW = world.spec("web:1"), world.spec("web:2")
OURS = {OWNER: "reconciler", STACK: "shop"}


def labelled(of: Spec, **more: str) -> Spec:
    return {**of, "Labels": {**OURS, **more}}


def web(of: Spec = NEW, **parts: Any) -> Service:
    own = {**of, "Labels": {STACK: "shop"}}
    return Service("shop_web", "shop", "web", own, at=Location("shop.yaml", 3, 3), **parts)


def told(
    wanted: Sequence[Service],
    swarm: Snapshot,
    *,
    suspended: Suspensions | None = None,
    history: Sequence[HistoryEntry] = (),
    networks: tuple[Network, ...] = (),
    consent: bool = True,
    **report: Any,
) -> ExplainOutput:
    """Of ``shop_web``, by way of the real plan and the real judgements."""
    stack, now = Stack("shop", "shop.yaml", tuple(wanted), networks), suspended or Suspensions()
    assessed = assess([stack], swarm, Rules(suspensions=now, allow_prune_all=consent), lambda _: None, Memory())
    plan, judged = assessed.plan, assessed.judgements
    made = Report(1, world.NOW, plan=plan, judgements=judged, suspensions=now, **report)
    services = {service.name: service for service in wanted}
    case = Case(
        Named("shop", "shop_web", "web"), services, swarm, made, history, report.get("standby", "process 7 on vm")
    )
    redactor = Redactor(Redaction(salt=b"salt"), [stack], swarm)
    found = explain(replace(case, report=redactor.report(made)), None, redactor)
    jsonschema.validate(found.model_dump(mode="json"), json.loads(schemas()["explain.json"]))
    return found


def test_of_a_service_that_is_as_desired_there_is_nothing_to_do() -> None:
    found = told([web()], world.snapshot(world.service(labelled(NEW)), world.task(of=NEW)))
    assert found.what_to_do == ["Nothing"]
    assert found.next == []
    assert found.differences == []
    assert found.state is not None
    assert found.state.verdict == "Ready"
    assert found.desired is not None
    assert found.desired.fields == {"image": "web:2"}
    assert [(task.place, task.state, task.current) for task in found.tasks] == [("1", "running", True)]


def test_what_is_pending_held_and_ignored_is_told_apart() -> None:
    theirs = labelled(world.spec("web:1", world.replicas(3)))
    swarm = world.snapshot(world.service(theirs), world.task(of=OLD))
    wanted = web(options=Options(ignore=("deploy.replicas",)))
    found = told([wanted], swarm)
    assert [(each.path, each.standing) for each in found.differences] == [
        ("image", "pending"),
        ("deploy.replicas", "ignored"),
    ]
    assert found.next[0].startswith("the next pass is to update it: image differs")
    found = told([wanted], swarm, suspended=Suspensions(services={"shop_web": NIGHT}))
    assert [(each.path, each.standing) for each in found.differences] == [
        ("image", "held"),
        ("deploy.replicas", "ignored"),
    ]
    assert "`reconciler resume shop_web`" in found.what_to_do[0]
    assert found.next[0] == "nothing is written until it is resumed"
    assert found.suspended is not None
    assert (found.suspended.service, found.suspended.by) == ("shop_web", "ann@ops")
    found = told([wanted], swarm, suspended=Suspensions(stacks={"shop": NIGHT}))
    assert "`reconciler resume shop`" in found.what_to_do[0]


def test_the_end_of_a_chain_of_dependencies_is_named() -> None:
    def needs(name: str) -> dict[str, Any]:
        return {"depends_on": (Dependency(name, Condition.HEALTHY),)}

    db = replace(web(), name="shop_db", key="db")
    mid = replace(web(**needs("shop_db")), name="shop_mid", key="mid")
    found = told([web(**needs("shop_mid")), mid, db], world.snapshot(None))
    assert found.what_to_do[0].startswith("It waits for shop_db, which is Missing")
    assert found.what_to_do[0].endswith("`reconciler explain shop_db`")
    assert [(each.service, each.met) for each in found.depends_on] == [("shop_mid", False)]
    found = told([web(**needs("other_db"))], world.snapshot(None))
    assert "which no file desires" in found.what_to_do[0]
    found = told([web(), replace(web(**needs("shop_web")), name="shop_api")], world.snapshot(None))
    assert [(each.service, each.verdict) for each in found.dependents] == [("shop_api", "Waiting")]


def test_a_crash_loop_says_what_ends_and_when_the_next_task_comes() -> None:
    policy = world.spec("web:2", RestartPolicy={"Delay": 2 * 10**9})
    loop = (world.task(TaskState.READY, of=policy, age=1), *world.crashes(4, of=policy))
    found = told([web(policy)], world.snapshot(world.service(labelled(policy)), *loop))
    assert "exit code 3" in found.what_to_do[0]
    assert found.next[0] == "Swarm starts another task 2 s after each end of one"
    assert found.next[1].startswith("it is judged again at")


def test_where_swarm_tries_no_more_the_ways_to_start_it_anew_are_told() -> None:
    policy = world.spec("web:2", RestartPolicy={"MaxAttempts": 2})
    found = told([web(policy)], world.snapshot(world.service(labelled(policy)), *world.crashes(3, of=policy)))
    assert "exit code 3" in found.what_to_do[0]
    assert "`docker service update --force shop_web`" in found.what_to_do[1]
    assert found.next == []


def test_a_probe_that_fails_and_a_service_that_no_node_is_for_are_something_to_do() -> None:
    task = world.task(of=NEW, age=900)
    swarm = world.snapshot(world.service(labelled(NEW)), task, probed={task.id: Probed(False, "refused")})
    (said,) = told([web(options=Options(probe=Probe(tcp=80)))], swarm).what_to_do
    assert said.startswith("It runs, and its `probe` in shop.yaml:3 fails")
    placed = world.spec("web:2", {"Global": {}}, Placement={"Constraints": ["node.role==manager"]})
    (said,) = told([web(placed)], world.snapshot(world.service(labelled(placed)))).what_to_do
    assert said.startswith("No node meets `deploy.placement.constraints` (node.role == manager) in shop.yaml:3")


def test_a_health_check_that_doesnt_pass_and_a_task_that_nothing_is_given_are_something_to_do() -> None:
    checked = world.with_check("web:2")
    swarm = world.snapshot(world.service(labelled(checked)), world.task(TaskState.STARTING, of=checked, age=900))
    (said,) = told([web(checked)], swarm).what_to_do
    assert "`healthcheck.start_period`" in said
    new = world.task(TaskState.NEW, of=NEW, age=900, node_id="")
    (said,) = told([web()], world.snapshot(world.service(labelled(NEW)), new)).what_to_do
    assert "its `ports`" in said


def test_whatever_is_degraded_there_is_something_to_do() -> None:
    stuck = world.task(TaskState.PREPARING, of=NEW, age=900)
    (said,) = told([web()], world.snapshot(world.service(labelled(NEW)), stuck)).what_to_do
    assert "`docker service ps --no-trunc shop_web`" in said


def test_a_task_without_a_node_waits_for_one() -> None:
    words = "no suitable node (scheduling constraints not satisfied on 1 node)"
    waiting = world.task(TaskState.PENDING, of=NEW, error=words, node_id="", age=60, container_id="")
    found = told([web()], world.snapshot(world.service(labelled(NEW)), waiting))
    assert "No node may run" in found.what_to_do[0]
    assert found.next == ["Swarm places the task as soon as a node is suitable"]


def test_a_rollout_that_is_paused_says_both_ways_out() -> None:
    failed = world.task(TaskState.FAILED, of=NEW, error="task: non-zero exit (1)", exit_code=1)
    paused = world.service(labelled(NEW), update="paused", message="update paused due to failure")
    found = told([web()], world.snapshot(paused, failed))
    assert "put the old value back" in found.what_to_do[0]
    assert "exit code 1" in found.what_to_do[1]
    assert found.observed is not None
    assert found.observed.rollout is not None
    assert found.observed.rollout.state == "paused"


def test_a_failure_to_write_is_told_with_the_waits_of_a_loop() -> None:
    action = PastAction(
        kind=Kind.SERVICE,
        name="shop_web",
        stack="shop",
        action=Verb.UPDATE,
        reason="image differs",
        restarts_tasks=True,
        result=Result.FAILED,
        detail="the engine says no",
    )
    failed = HistoryEntry(number=1, at=world.NOW - 5, took=0.1, by="us", wakes=["timer"], actions=[action])
    found = told([web()], world.snapshot(world.service(labelled(OLD)), world.task(of=OLD)), history=[failed])
    assert "it failed at 02:46:35 UTC: the engine says no" in found.next[1]
    assert found.history == [failed]


def test_what_needs_something_external_that_isnt_there_is_told_of_it_and_nothing_else() -> None:
    used = world.spec("web:2", Networks=[{"Target": "theirs"}])
    network = Network("theirs", "shop", {}, external=True)
    found = told([web(used)], world.snapshot(None), networks=(network,))
    assert found.state is not None
    assert (found.state.cause, found.state.facts["object"]) == (Cause.OBJECT_MISSING, "network theirs")
    (said,) = found.what_to_do
    assert said.startswith(
        "Make the network by `docker network create --driver overlay theirs`; or leave `external: true`"
    )
    assert found.next == ["a loop writes it by itself as soon as that is no longer so"]


def test_what_belongs_to_another_owner_is_neither_ready_nor_written() -> None:
    """It runs, as the other one's files say: what ours say of it isn't so."""
    theirs = world.snapshot(world.service(labelled(OLD, **{OWNER: "others"})), world.task(of=OLD, age=900))
    found = told([web()], theirs)
    assert found.state is not None
    assert (found.state.verdict, found.state.cause) == ("Degraded", Cause.OWNED_BY_ANOTHER)
    assert [(each.path, each.standing) for each in found.differences] == [("image", "held")]


def test_what_waits_for_consent_says_so_and_who_has_to_give_it() -> None:
    """Nothing goes on by itself: so it isn't on its way, and nobody waits for it."""
    other = replace(world.service({**labelled(OLD), "Name": "shop_old"}), name="shop_old")
    swarm = replace(world.snapshot(None), services={"shop_old": other})
    found = told([web()], swarm, consent=False)
    assert found.state is not None
    assert (found.state.verdict, found.state.cause) == ("Waiting", Cause.AWAITING_CONSENT)
    (said,) = found.what_to_do
    assert "`reconciler reload --allow-prune-all` where the loop runs (process 7 on vm)" in said
    (said,) = told([web()], swarm, consent=False, standby="").what_to_do
    assert said.endswith("`reconciler apply --allow-prune-all`")


def test_where_nobody_acts_and_where_a_file_doesnt_load_that_is_told() -> None:
    swarm = world.snapshot(world.service(labelled(OLD)), world.task(of=OLD))
    assert "no loop runs" in told([web()], swarm, standby="").next[-1]
    fault = Fault("shop.yaml", 9, 1, "no such key", "drop it")
    assert told([web()], swarm, faults=(fault,)).what_to_do[0].startswith("Fix shop.yaml:9:1: no such key (drop it)")


def test_services_that_no_file_desires() -> None:
    ours = told([], world.snapshot(world.service(labelled(NEW))))
    assert ours.state is None
    assert "the next pass removes it" in ours.what_to_do[0]
    held = told([], world.snapshot(world.service(labelled(NEW))), suspended=Suspensions(stacks={"shop": NIGHT}))
    assert held.what_to_do[0].startswith("No file desires it: ")
    assert "suspended" in held.what_to_do[0]
    theirs = told([], world.snapshot(world.service(NEW)))
    assert "it isn't ours (no owner label): `reconciler import shop_web`" in theirs.what_to_do[0]
