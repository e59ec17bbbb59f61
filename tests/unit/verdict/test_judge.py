"""Every row of the verdict table, and what counts as a running task."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.observed.model import Snapshot, Task, TaskState, UpdateStatus
from reconciler.verdict.model import Circumstances, Verdict, worst
from tests.unit.verdict.watched import ENGINE, NODE, NOW, OLD, TEMPLATE, judged, spec, swarm, task
from tests.unit.words import reason


def test_ready() -> None:
    judgement = judged(swarm(task()))
    assert (judgement.verdict, judgement.running, judgement.ready, judgement.task_age) == (Verdict.READY, 1, 1, 60)


def test_a_young_task_is_ready_when_it_comes_of_age() -> None:
    judgement = judged(swarm(task(2)))
    assert (judgement.verdict, judgement.running, judgement.ready) == (Verdict.PROGRESSING, 1, 0)
    assert judgement.recheck_at == NOW + 3
    assert judged(swarm(task(2)), min_task_age=2).verdict is Verdict.READY


def test_of_two_young_tasks_the_younger_decides_when_to_look_again() -> None:
    judgement = judged(swarm(task(1), task(4, slot=2), written=spec(2)))
    assert judgement.recheck_at == NOW + 4


def test_age_is_what_the_observer_saw_unless_the_task_ran_before_it_looked() -> None:
    ahead = task(-500)
    assert judged(swarm(ahead, seen={ahead.id: NOW - 6}, watching_since=NOW - 99)).task_age == 6
    long = task(900)
    assert judged(swarm(long, seen={long.id: NOW - 2}, watching_since=NOW - 50)).task_age == 2
    assert judged(swarm(long, seen={long.id: NOW - 2}, watching_since=NOW - 2)).task_age == 900


@pytest.mark.parametrize(
    "doubtful",
    [
        task(9_500),
        task(60, node_id="gone"),
    ],
    ids=["from before the engine started", "on a node that isn't there"],
)
def test_stale_tasks_count_for_nothing(doubtful: Task) -> None:
    judgement = judged(swarm(doubtful, updated_at=NOW - 10))
    assert (judgement.verdict, judgement.running) == (Verdict.PROGRESSING, 0)
    assert "stale" in reason(judgement)


def test_a_task_on_a_node_that_is_down_is_stale() -> None:
    assert judged(swarm(task(), nodes={"n1": replace(NODE, state="down")})).running == 0


def test_the_rollout_has_to_be_over() -> None:
    assert judged(swarm(task(), update=UpdateStatus("updating"))).verdict is Verdict.PROGRESSING
    leftover = task(90, spec=OLD, slot=2)
    assert judged(swarm(task(), leftover)).verdict is Verdict.PROGRESSING
    stopping = replace(leftover, desired_state=TaskState.SHUTDOWN)
    assert judged(swarm(task(), stopping)).verdict is Verdict.READY


def test_a_task_of_an_earlier_spec_doesnt_count_though_no_update_status_says_so() -> None:
    judgement = judged(swarm(task(spec=OLD), updated_at=NOW - 1))
    assert (judgement.verdict, judgement.running) == (Verdict.PROGRESSING, 0)


def test_placement_alone_makes_no_task_another() -> None:
    placed = spec(Placement={"Constraints": ["node.role == manager"]})
    assert judged(swarm(task(), written=placed)).verdict is Verdict.READY


def test_scaled_down() -> None:
    assert judged(swarm(written=spec(0))).verdict is Verdict.READY
    retired = task(30, TaskState.SHUTDOWN, slot=2)
    assert judged(swarm(task(), retired)).verdict is Verdict.READY


def test_a_global_service_is_counted_over_eligible_nodes() -> None:
    nodes = {
        "n1": NODE,
        "drained": replace(NODE, id="drained", availability="drain"),
        "down": replace(NODE, id="down", state="down"),
        "us": replace(NODE, id="us", labels={"zone": "us"}),
    }
    placed = spec(mode={"Global": {}}, Placement={"Constraints": ["node.labels.zone==eu"]})
    judgement = judged(swarm(task(slot=0), written=placed, nodes=nodes))
    assert (judgement.verdict, judgement.desired) == (Verdict.READY, 1)
    nowhere = spec(mode={"Global": {}}, Placement={"Constraints": ["node.labels.zone == asia"]})
    judgement = judged(swarm(written=nowhere, nodes=nodes))
    assert (judgement.verdict, judgement.desired) == (Verdict.DEGRADED, 0)
    assert reason(judgement) == "no node has label zone=asia; 2 nodes considered"


REFUSED = Finding(Cause.WRITE_REFUSED, Facts(said="the engine says no"))
DB = Finding(Cause.DEPENDENCY_NOT_READY, Facts(object="db", condition="service_healthy"))


@pytest.mark.parametrize(
    ("circumstances", "verdict", "words"),
    [
        (
            Circumstances(failure=REFUSED, retry_at=NOW + 4),
            Verdict.DEGRADED,
            "the engine says no",
        ),
        (Circumstances(rolled_back="task t1 failed"), Verdict.ROLLED_BACK, "task t1 failed"),
        (
            Circumstances(pending=("image",), waits=DB),
            Verdict.WAITING,
            "db (service_healthy)",
        ),
        (Circumstances(pending=("image", "deploy.replicas")), Verdict.PROGRESSING, "image, deploy.replicas"),
        (Circumstances(suspended="suspended"), Verdict.READY, "suspended"),
    ],
)
def test_what_is_still_to_be_done_decides_first(circumstances: Circumstances, verdict: Verdict, words: str) -> None:
    judgement = judged(swarm(task()), circumstances)
    assert judgement.verdict is verdict
    assert words in f"{reason(judgement)} {judgement.reason}", "a suspension is told beside the cause"


def test_a_service_that_isnt_there() -> None:
    empty = Snapshot(NOW, ENGINE)
    assert judged(empty, Circumstances(pending=("create",))).verdict is Verdict.MISSING
    assert judged(empty, Circumstances(pending=("create",), waits=DB)).verdict is Verdict.WAITING


def test_the_worst_verdict_wins() -> None:
    assert worst([Verdict.READY, Verdict.DEGRADED, Verdict.WAITING]) is Verdict.DEGRADED
    assert worst([]) is Verdict.READY


TASKS = st.builds(
    task,
    st.floats(0, 20_000),
    st.sampled_from(list(TaskState)),
    slot=st.integers(1, 2),
    spec=st.sampled_from([TEMPLATE, OLD]),
    node_id=st.sampled_from(["n1", "gone"]),
)


@given(st.lists(TASKS, max_size=6, unique_by=lambda each: each.id), st.sampled_from([None, "updating", "completed"]))
def test_ready_never_comes_from_a_young_stale_or_earlier_task(tasks: list[Task], state: str | None) -> None:
    snapshot = swarm(*tasks, written=spec(2), update=UpdateStatus(state) if state else None)
    if judged(snapshot).verdict is Verdict.READY:
        for slot in (1, 2):
            good = [
                each
                for each in tasks
                if (each.slot, each.state, each.node_id) == (slot, TaskState.RUNNING, "n1")
                and each.spec == TEMPLATE
                and 5 <= NOW - each.status_at <= 9_001
            ]
            assert good
