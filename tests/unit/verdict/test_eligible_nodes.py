"""Which nodes a global service is meant for, and what happens to the verdict when they go and come."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.observed.constraints import constraints
from reconciler.observed.model import TaskState
from reconciler.verdict.eligible_nodes import eligible
from reconciler.verdict.model import Verdict
from tests.unit.verdict import world
from tests.unit.verdict.world import judged, node, service, snapshot, spec, task
from tests.unit.words import reason

GLOBAL: dict[str, Any] = {"Global": {}}
NODE = node(
    "n1",
    hostname="Host1",
    role="manager",
    labels={"zone": "eu", "Rack": "7"},
    engine_labels={"disk": "ssd"},
    arch="x86_64",
    address="10.0.0.7",
)


@pytest.mark.parametrize(
    ("constraint", "met"),
    [
        ("node.labels.zone==eu", True),
        ("node.labels.zone == EU", True),
        ("node.labels.zone!=eu", False),
        ("node.labels.Zone==eu", False),
        ("NODE.LABELS.zone==eu", True),
        ("node.labels.none!=x", True),
        ("node.labels.none==x", False),
        ("engine.labels.disk==ssd", True),
        ("node.hostname==host1", True),
        ("node.hostname!=host1", False),
        ("node.id==n1", True),
        ("node.role==manager", True),
        ("node.role!=worker", True),
        ("node.platform.os==linux", True),
        ("node.platform.arch==x86_64", True),
        ("node.platform.arch==amd64", False),
        ("node.ip==10.0.0.7", True),
        ("node.ip==10.0.0.8", False),
        ("node.ip!=10.0.0.8", True),
        ("node.ip==10.0.0.0/8", True),
        ("node.ip==10.0.0.9/8", True),
        ("node.ip!=10.0.0.0/8", False),
        ("node.ip==fd00::1", False),
        ("node.ip!=fd00::1", True),
        ("node.ip==nonsense", False),
        ("node.ip!=nonsense", False),
        ("node.colour==red", False),
        ("node.colour!=red", False),
    ],
)
def test_constraints_are_met_as_swarm_meets_them(constraint: str, met: bool) -> None:
    assert constraints(spec(Placement={"Constraints": [constraint]})["TaskTemplate"])[0].met_by(NODE) is met


@pytest.mark.parametrize(
    ("parts", "counts"),
    [
        ({}, True),
        ({"availability": "drain"}, False),
        ({"availability": "pause"}, False),
        ({"state": "down"}, False),
        ({"state": "unknown"}, True),
        ({"state": "disconnected"}, True),
    ],
)
def test_a_global_service_is_meant_for_nodes_that_are_neither_down_nor_drained_nor_paused(
    parts: dict[str, Any], counts: bool
) -> None:
    swarm = snapshot(service(spec(mode=GLOBAL)), nodes=(node("n1", **parts),))
    assert eligible(swarm.services["shop_web"], swarm) == ({"n1"} if counts else set())


@pytest.mark.parametrize(
    ("platforms", "counts"),
    [
        ([{"OS": "linux", "Architecture": "amd64"}], True),
        ([{"OS": "linux", "Architecture": "arm64"}], False),
        ([{"OS": "windows", "Architecture": "amd64"}, {"OS": "linux"}], True),
        ([{"OS": "windows"}], False),
        ([{"Architecture": "amd64"}], True),
    ],
)
def test_a_node_of_a_platform_that_the_image_lacks_is_left_out(platforms: list[dict[str, str]], counts: bool) -> None:
    swarm = snapshot(service(spec(mode=GLOBAL, Placement={"Platforms": platforms})), nodes=(NODE,))
    assert bool(eligible(swarm.services["shop_web"], swarm)) is counts


def test_a_paused_node_keeps_the_task_of_the_current_spec_and_misses_no_other() -> None:
    wanted, old = spec(mode=GLOBAL), spec("web:0", mode=GLOBAL)
    nodes = (node("n1"), node("n2", availability="pause"))
    here = task(of=wanted, node_id="n1", slot=0)
    kept = judged(snapshot(service(wanted), here, task(of=wanted, node_id="n2", slot=0), nodes=nodes))
    assert (kept.verdict, kept.desired, kept.ready) == (Verdict.READY, 2, 2)
    left = judged(snapshot(service(wanted), here, task(of=old, node_id="n2", slot=0), nodes=nodes))
    assert (left.verdict, left.desired, left.ready) == (Verdict.READY, 1, 1)
    none = judged(snapshot(service(wanted), here, nodes=nodes))
    assert (none.verdict, none.desired) == (Verdict.READY, 1)


@pytest.mark.parametrize("mode", [GLOBAL, world.replicas(1)])
def test_what_a_lost_node_says_of_tasks_of_an_earlier_spec_holds_nothing_up(mode: dict[str, Any]) -> None:
    nodes = (node("n1"), node("n2", state="down"))
    wanted, old = spec(mode=mode), spec("web:0", mode=mode)
    ghost = task(of=old, node_id="n2", slot=1)
    judgement = judged(snapshot(service(wanted), task(of=wanted, node_id="n1"), ghost, nodes=nodes))
    assert (judgement.verdict, judgement.ready) == (Verdict.READY, 1)


def test_while_nobody_vouches_for_the_nodes_a_global_service_is_on_its_way() -> None:
    """For some seconds after the Swarm's leader changed, every node's state is unknown."""
    wanted = spec(mode=GLOBAL)
    nodes = (node("n1", state="unknown"), node("n2", state="unknown"))
    tasks = [task(of=wanted, node_id=name, slot=0) for name in ("n1", "n2")]
    judgement = judged(snapshot(service(wanted), *tasks, nodes=nodes))
    assert (judgement.verdict, judgement.desired, judgement.running) == (Verdict.PROGRESSING, 2, 0)
    assert "stale" in reason(judgement)


@pytest.mark.parametrize(("heard", "verdict"), [(1.0, Verdict.PROGRESSING), (30.0, Verdict.DEGRADED)])
@pytest.mark.parametrize("state", ["unknown", "down", "disconnected"])
def test_a_service_that_was_well_has_its_time_when_its_node_is_lost(heard: float, verdict: Verdict, state: str) -> None:
    old = service(created_at=world.NOW - 5000)
    lost = node("n1", state=state, updated_at=world.NOW - heard)
    swarm = snapshot(old, task(node_id="n1", age=4900), nodes=(lost, node("n2")))
    assert judged(swarm, world.wanted(ready_timeout=20)).verdict is verdict


def test_a_global_service_that_is_meant_for_no_node_says_why() -> None:
    nodes = (node("n1", hostname="one", availability="drain"), node("n2", hostname="two", state="down"))
    judgement = judged(snapshot(service(spec(mode=GLOBAL)), nodes=nodes))
    assert judgement.verdict is Verdict.DEGRADED
    assert reason(judgement) == "no suitable node: down (two); drained (one)"


def test_a_task_of_a_global_service_that_its_node_has_no_room_for_is_still_wanted() -> None:
    wanted = spec(mode=GLOBAL, Resources={"Reservations": {"NanoCPUs": 4_000_000_000}})
    nodes = (node("n1", hostname="one", resources={"NanoCPUs": 2_000_000_000}),)
    waiting = task(TaskState.PENDING, of=wanted, node_id="n1", slot=0, error="no suitable node (…)")
    judgement = judged(snapshot(service(wanted), waiting, nodes=nodes))
    assert (judgement.verdict, judgement.desired) == (Verdict.DEGRADED, 1)
    assert reason(judgement) == "node one: no suitable node: fewer than 4 CPUs left unreserved (one)"
    assert "no suitable node (…)" in (judgement.error or ""), "the engine's own words"


@pytest.mark.parametrize(
    ("state", "since", "verdict"),
    [
        ("down", 60.0, Verdict.READY),
        ("down", 4.0, Verdict.PROGRESSING),  # Swarm watches a new task for 5 s
        ("ready", 60.0, Verdict.PROGRESSING),  # nothing is lost: Swarm is at it
    ],
)
def test_a_rollout_that_swarm_holds_open_for_a_lost_node_is_over(state: str, since: float, verdict: Verdict) -> None:
    """As engine 20.10 does with a global service whose rollout a new leader took over."""
    found = service(spec(mode=GLOBAL), updated_at=world.NOW - 60, update="updating")
    gone = node("n2", state=state, availability="drain")
    judgement = judged(snapshot(found, task(age=since, slot=0), nodes=(node(), gone)))
    assert (judgement.verdict, judgement.running, judgement.desired) == (verdict, 1, 1)
    assert judgement.rolling is (verdict is Verdict.PROGRESSING), "what depends on it needn't wait"


@pytest.mark.parametrize(("state", "verdict"), [("down", Verdict.READY), ("ready", Verdict.DEGRADED)])
def test_a_rollout_paused_for_a_task_whose_node_was_lost_is_well_with_another(state: str, verdict: Verdict) -> None:
    lost = task(TaskState.FAILED, age=50, id="lost", node_id="n2")
    found = service(updated_at=world.NOW - 60, update="paused", message="early termination of task lost")
    judgement = judged(snapshot(found, lost, task(age=40), nodes=(node(), node("n2", state=state))))
    assert judgement.verdict is verdict


def test_a_rollout_paused_for_a_task_that_its_node_was_told_to_end_is_under_way() -> None:
    """The node was down, or drained, and the rollout is begun again."""
    lost = task(TaskState.SHUTDOWN, age=50, id="lost", node_id="n2", desired_state=TaskState.SHUTDOWN)
    found = service(updated_at=world.NOW - 60, update="paused", message="early termination of task lost")
    nodes = (node(), node("n2"))
    assert judged(snapshot(found, lost, task(age=40), nodes=nodes)).verdict is Verdict.READY
    left = task(age=90, id="left", slot=2, spec={"ContainerSpec": {"Image": "app:0"}})
    assert judged(snapshot(found, lost, task(age=40), left, nodes=nodes)).verdict is Verdict.PROGRESSING
