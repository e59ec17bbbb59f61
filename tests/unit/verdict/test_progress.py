"""Rollouts and starts that are under way: their steps, deadlines and ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.desired.model import Spec
from reconciler.observed.model import Task, TaskState, UpdateStatus
from reconciler.verdict.model import Circumstances, Judgement, Verdict
from tests.unit.verdict.watched import NOW, OLD, failed, judged, spec, swarm, task
from tests.unit.words import reason


@pytest.mark.parametrize("state", ["paused", "rollback_paused"])
def test_a_paused_rollout_is_degraded(state: str) -> None:
    judgement = judged(swarm(task(), update=UpdateStatus(state, "update paused due to failure")))
    assert judgement.verdict is Verdict.DEGRADED
    assert "update paused due to failure" in reason(judgement)


def test_no_suitable_node_is_degraded_after_a_while() -> None:
    def pending(age: float) -> Judgement:
        waiting = task(age, TaskState.PENDING, error="no suitable node (scheduling constraints not satisfied)")
        return judged(swarm(waiting, updated_at=NOW - age))

    assert pending(2).verdict is Verdict.PROGRESSING
    assert pending(30).verdict is Verdict.DEGRADED
    assert "no suitable node" in reason(pending(30))


def test_progress_that_stops_is_degraded_after_ready_timeout() -> None:
    starting = task(50, TaskState.STARTING)
    judgement = judged(swarm(starting, updated_at=NOW - 51), ready_timeout=60)
    assert (judgement.verdict, judgement.recheck_at) == (Verdict.PROGRESSING, NOW + 9)
    assert judged(swarm(starting, updated_at=NOW - 51), ready_timeout=50).verdict is Verdict.DEGRADED


def test_a_rollout_has_its_own_deadline_the_pause_between_its_steps_aside() -> None:
    updating = UpdateStatus("updating", started_at=NOW - 200)
    rolling = [task(100), task(900, spec=OLD, slot=2), task(900, spec=OLD, slot=3)]

    def at(written: Spec, **options: Any) -> Judgement:
        return judged(swarm(*rolling, written=written, update=updating, updated_at=NOW - 200), **options)

    judgement = at(spec(3), progress_deadline=101, ready_timeout=1)
    assert (judgement.verdict, reason(judgement)) == (Verdict.PROGRESSING, "1/3 updated")
    judgement = at(spec(3), progress_deadline=100, ready_timeout=1000)
    assert (judgement.verdict, reason(judgement)) == (Verdict.DEGRADED, "no step forward within 100 s: 1/3 updated")
    slow = {**spec(3), "UpdateConfig": {"Delay": 60 * 10**9}}
    assert at(slow, progress_deadline=100).verdict is Verdict.PROGRESSING


def test_a_rollback_is_told_of_while_it_is_under_way() -> None:
    back = UpdateStatus("rollback_started", "update rolled back due to failure of task t9", started_at=NOW - 5)
    judgement = judged(swarm(task(900), task(90, spec=OLD, slot=2), written=spec(2), update=back))
    assert judgement.verdict is Verdict.PROGRESSING
    assert reason(judgement) == "rolling back, 1/2 have the old spec: update rolled back due to failure of task t9"


def test_the_task_that_swarm_names_as_the_reason_is_quoted() -> None:
    died = failed(20, spec=OLD, slot=2, id="t9verylongidentifier", container_id="c9")
    later = failed(5, spec=OLD, slot=1)
    words = "update rolled back due to failure or early termination of task t9verylongidentifier: it changed image"
    judgement = judged(swarm(task(900), died, later), Circumstances(rolled_back=words))
    assert (judgement.verdict, judgement.suspect) == (Verdict.ROLLED_BACK, died.id)
    assert judgement.error == "task web.2 (t9verylongid) on host1: task: non-zero exit (3)"
    assert reason(judgement).endswith("it changed image")


def test_a_slot_lost_just_now_has_its_time_again() -> None:
    lost = failed(5, created_at=NOW - 5000)
    assert judged(swarm(lost, task(1, TaskState.STARTING)), ready_timeout=60).verdict is Verdict.PROGRESSING


def test_attempts_that_fail_slowly_dont_move_the_deadline() -> None:
    attempts = [failed(age, created_at=NOW - age - 90) for age in (10, 110, 210, 310)]
    judgement = judged(swarm(*attempts, task(5, TaskState.STARTING)), ready_timeout=300)
    assert judgement.verdict is Verdict.DEGRADED


def test_the_time_that_old_tasks_have_to_stop_is_left_aside_too() -> None:
    updating = UpdateStatus("updating", started_at=NOW - 30)
    slow = {"ContainerSpec": {"Image": "web:0", "StopGracePeriod": 60 * 10**9}}
    stopping = task(900, spec=slow, desired_state=TaskState.SHUTDOWN)
    waiting = task(30, TaskState.READY)

    def after(*tasks: Task, **options: Any) -> Judgement:
        return judged(swarm(*tasks, update=updating, updated_at=NOW - 30), **options)

    assert after(stopping, waiting, progress_deadline=6).verdict is Verdict.PROGRESSING
    late = swarm(
        stopping, task(70, TaskState.READY), update=replace(updating, started_at=NOW - 70), updated_at=NOW - 70
    )
    assert reason(judged(late, progress_deadline=6)).startswith("no step forward within 66 s")
    # Its end is a step forward of its own.
    ended = task(3, TaskState.SHUTDOWN, spec=slow)
    assert after(ended, waiting, progress_deadline=6).verdict is Verdict.PROGRESSING
    quick = task(900, spec=OLD, desired_state=TaskState.SHUTDOWN)  # without a grace period of its own: 10 s
    assert after(quick, waiting, progress_deadline=6).verdict is Verdict.DEGRADED
