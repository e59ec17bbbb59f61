"""Tasks that fail: crash loops, rejections, tries that are over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.observed.model import Task, TaskState, UpdateStatus
from reconciler.verdict.model import Verdict
from tests.unit.verdict.watched import ENGINE, NOW, OLD, failed, judged, spec, swarm, task
from tests.unit.words import reason


def test_three_failures_of_a_slot_in_two_minutes_are_a_crash_loop() -> None:
    loop = [failed(10), failed(40), failed(100)]
    judgement = judged(swarm(*loop, task(1, TaskState.STARTING), updated_at=NOW - 110))
    assert judgement.verdict is Verdict.DEGRADED
    assert reason(judgement) == "crash-looping in slot 1: 3 ends or more within 120 s"
    assert judgement.error == "task web.1 (t1-10) on host1: task: non-zero exit (3)"
    assert judgement.suspect == loop[0].id
    assert judgement.recheck_at == NOW + 20


def test_of_a_crash_loop_the_last_crash_is_told_and_no_hiccup_of_its_node() -> None:
    hiccup = task(5, TaskState.REJECTED, error="node is missing network attachments")
    judgement = judged(swarm(hiccup, failed(10), failed(40), failed(100), task(1, TaskState.STARTING)))
    assert judgement.error == "task web.1 (t1-10) on host1: task: non-zero exit (3)"


def test_what_ends_with_its_engine_is_no_crash_loop() -> None:
    """An engine that is started three times in two minutes took each of these down, and the last of them is well."""
    ends = [failed(10), failed(40), failed(100)]
    started = replace(ENGINE, started_at=NOW - 9.5)
    judgement = judged(replace(swarm(task(8), *ends), engine=started))
    assert judgement.verdict is Verdict.READY
    elsewhere = [replace(end, node_id="n2") for end in ends]
    judgement = judged(replace(swarm(task(8), *elsewhere), engine=started))
    assert reason(judgement) == "crash-looping in slot 1: 3 ends or more within 120 s"


def test_a_slot_that_nothing_more_is_tried_in_isnt_crash_looping() -> None:
    once_more = spec(RestartPolicy={"Condition": "any", "MaxAttempts": 2})
    ends = [failed(age, spec=once_more["TaskTemplate"]) for age in (10, 40, 100)]
    judgement = judged(swarm(*ends, written=once_more))
    assert (judgement.verdict, reason(judgement)) == (Verdict.DEGRADED, "its restart policy allows no more tries")
    assert judgement.recheck_at is None
    other = task(1, TaskState.STARTING, slot=2, spec=once_more["TaskTemplate"])
    two = {**once_more, "Mode": {"Replicated": {"Replicas": 2}}}
    assert reason(judged(swarm(*ends, other, written=two))) == "its restart policy allows no more tries"


@pytest.mark.parametrize(
    "ends",
    [
        [failed(10), failed(40)],
        [failed(10), failed(40), failed(130)],
        [failed(10), failed(40), failed(50, spec=OLD)],
        [failed(10), failed(40), failed(50, slot=2)],
        [failed(50), *(task(age, TaskState.REJECTED, error="swarm is not active") for age in (30, 40, 45))],
    ],
    ids=["two", "long ago", "of an earlier spec", "of another slot", "rejected by a node that came back"],
)
def test_these_are_none(ends: list[Task]) -> None:
    assert judged(swarm(*ends, task(8), updated_at=NOW - 200)).verdict is Verdict.READY


def test_ends_that_the_restart_policy_wants_nothing_after_are_no_crash_loop() -> None:
    once = spec(RestartPolicy={"Condition": "none"})
    done = task(5, TaskState.COMPLETE, spec=once["TaskTemplate"], desired_state=TaskState.SHUTDOWN)
    assert judged(swarm(done, written=once)).verdict is Verdict.COMPLETED
    ended = [task(age, TaskState.COMPLETE, desired_state=TaskState.SHUTDOWN) for age in (5, 10, 15)]
    assert judged(swarm(*ended, task(1, TaskState.READY))).verdict is Verdict.DEGRADED


def test_a_rejected_task_is_degraded_at_once() -> None:
    rejected = task(1, TaskState.REJECTED, error="No such image: web:1")
    judgement = judged(swarm(rejected, task(0, TaskState.READY), updated_at=NOW - 3))
    assert (judgement.verdict, reason(judgement)) == (Verdict.DEGRADED, "slot 1: No such image: web:1")
    assert judgement.error == "task web.1 (t1-1) on host1: No such image: web:1"


def test_what_an_engine_rejects_before_its_swarm_is_up_again_is_degraded_only_if_nothing_more_is_tried() -> None:
    error = "cannot create a swarm scoped network when swarm is not active"
    rejected = task(1, TaskState.REJECTED, error=error)
    judgement = judged(swarm(rejected, task(0, TaskState.READY)))
    assert (judgement.verdict, reason(judgement)) == (
        Verdict.PROGRESSING,
        "0/1 running; newest task in slot 1 is ready",
    )
    judgement = judged(swarm(rejected))
    assert (judgement.verdict, reason(judgement)) == (Verdict.DEGRADED, "its restart policy allows no more tries")
    assert judgement.error == f"task web.1 (t1-1) on host1: {error}"


def test_a_restart_policy_that_gave_up_is_degraded() -> None:
    judgement = judged(swarm(failed(200), failed(300)))
    assert judgement.verdict is Verdict.DEGRADED
    assert judgement.error == "task web.1 (t1-200) on host1: task: non-zero exit (3)"


def test_a_slot_whose_turn_is_to_come_isnt_given_up_though_its_last_task_of_this_spec_was_stopped() -> None:
    before, between = task(500, TaskState.SHUTDOWN), task(90, spec=OLD)
    judgement = judged(swarm(before, between, update=UpdateStatus("updating"), updated_at=NOW - 1))
    assert judgement.verdict is Verdict.PROGRESSING


def test_a_task_of_a_global_service_is_told_by_its_node() -> None:
    everywhere = spec(mode={"Global": {}})
    loop = [failed(age, slot=0) for age in (10, 40, 100)]
    judgement = judged(swarm(*loop, task(1, TaskState.STARTING, slot=0), written=everywhere))
    assert reason(judgement).startswith("crash-looping in node host1")
    assert (judgement.error or "").startswith("task web (t0-10) on host1: ")
