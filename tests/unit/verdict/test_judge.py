"""Every row of the verdict table, and every trap of the Swarm API that concerns verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.model import Condition, Dependency, Options, Probe, Service, Spec
from reconciler.observed import model as observed
from reconciler.observed.model import Node, Probed, Snapshot, Task, TaskState, UpdateStatus
from reconciler.verdict.dependencies import unmet
from reconciler.verdict.judge import judge
from reconciler.verdict.model import Circumstances, Judgement, Verdict, worst

NOW = 10_000.0
TEMPLATE: Spec = {"ContainerSpec": {"Image": "web:1"}, "Networks": [{"Target": "net"}]}
OLD: Spec = {"ContainerSpec": {"Image": "web:0"}, "Networks": [{"Target": "net"}]}
NODE = Node("n1", "host1", "ready", "active", "manager", labels={"zone": "eu"})
ENGINE = observed.Engine("n1", "20.10.24", "1.41", started_at=1_000.0)


def spec(replicas: int = 1, mode: Spec | None = None, **task: Any) -> Spec:
    return {"Name": "web", "TaskTemplate": {**TEMPLATE, **task}, "Mode": mode or {"Replicated": {"Replicas": replicas}}}


def task(age: float = 60.0, state: TaskState = TaskState.RUNNING, **given: Any) -> Task:
    """A task of the current spec in slot 1, in its state since ``age`` seconds."""
    ended = state in {TaskState.FAILED, TaskState.REJECTED, TaskState.SHUTDOWN}
    defaults: dict[str, Any] = {
        "id": f"t{given.get('slot', 1)}-{age}",
        "service_id": "s1",
        "node_id": "n1",
        "slot": 1,
        "state": state,
        "desired_state": TaskState.SHUTDOWN if ended else TaskState.RUNNING,
        "spec": TEMPLATE,
        "created_at": NOW - age - 1,
        "status_at": NOW - age,
        "container_id": "c1",
    }
    return Task(**{**defaults, **given})


def failed(age: float, **given: Any) -> Task:
    return task(age, TaskState.FAILED, **{"error": "task: non-zero exit (3)", "exit_code": 3, **given})


def swarm(*tasks: Task, written: Spec | None = None, **given: Any) -> Snapshot:
    update = given.pop("update", None)
    updated_at = given.pop("updated_at", NOW - 3600)
    iteration = given.pop("iteration", None)
    service = observed.Service("s1", "web", 7, written or spec(), updated_at, updated_at, update, iteration=iteration)
    running = {each.id: each.status_at for each in tasks if each.state is TaskState.RUNNING}
    ordered = tuple(sorted(tasks, key=lambda each: each.created_at, reverse=True))
    known: dict[str, Any] = {"nodes": {"n1": NODE}, "seen": running, "watching_since": 0.0, **given}
    return Snapshot(NOW, ENGINE, services={"web": service}, tasks={"s1": ordered}, **known)


def judged(snapshot: Snapshot, circumstances: Circumstances | None = None, **options: Any) -> Judgement:
    wanted = Service("web", "app", "web", snapshot.services["web"].spec if snapshot.services else spec())
    wanted = replace(wanted, options=Options(**options))
    return judge(wanted, snapshot, circumstances or Circumstances())


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
    assert "stale" in judgement.reason


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


@pytest.mark.parametrize("state", ["paused", "rollback_paused"])
def test_a_paused_rollout_is_degraded(state: str) -> None:
    judgement = judged(swarm(task(), update=UpdateStatus(state, "update paused due to failure")))
    assert judgement.verdict is Verdict.DEGRADED
    assert "update paused due to failure" in judgement.reason


def test_three_failures_of_a_slot_in_two_minutes_are_a_crash_loop() -> None:
    loop = [failed(10), failed(40), failed(100)]
    judgement = judged(swarm(*loop, task(1, TaskState.STARTING), updated_at=NOW - 110))
    assert judgement.verdict is Verdict.DEGRADED
    assert judgement.reason == "crash-looping in slot 1: 3 ends or more within 120 s"
    assert judgement.error == "task web.1 (t1-10) on host1: task: non-zero exit (3)"
    assert judgement.suspect == loop[0].id
    assert judgement.recheck_at == NOW + 20


def test_of_a_crash_loop_the_last_crash_is_told_and_no_hiccup_of_its_node() -> None:
    hiccup = task(5, TaskState.REJECTED, error="node is missing network attachments")
    judgement = judged(swarm(hiccup, failed(10), failed(40), failed(100), task(1, TaskState.STARTING)))
    assert judgement.error == "task web.1 (t1-10) on host1: task: non-zero exit (3)"


def test_a_slot_that_nothing_more_is_tried_in_isnt_crash_looping() -> None:
    once_more = spec(RestartPolicy={"Condition": "any", "MaxAttempts": 2})
    ends = [failed(age, spec=once_more["TaskTemplate"]) for age in (10, 40, 100)]
    judgement = judged(swarm(*ends, written=once_more))
    assert (judgement.verdict, judgement.reason) == (Verdict.DEGRADED, "its restart policy allows no more tries")
    assert judgement.recheck_at is None
    other = task(1, TaskState.STARTING, slot=2, spec=once_more["TaskTemplate"])
    two = {**once_more, "Mode": {"Replicated": {"Replicas": 2}}}
    assert judged(swarm(*ends, other, written=two)).reason == "its restart policy allows no more tries"


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
    assert (judgement.verdict, judgement.reason) == (Verdict.DEGRADED, "slot 1: No such image: web:1")
    assert judgement.error == "task web.1 (t1-1) on host1: No such image: web:1"


def test_no_suitable_node_is_degraded_after_a_while() -> None:
    def pending(age: float) -> Judgement:
        waiting = task(age, TaskState.PENDING, error="no suitable node (scheduling constraints not satisfied)")
        return judged(swarm(waiting, updated_at=NOW - age))

    assert pending(2).verdict is Verdict.PROGRESSING
    assert pending(30).verdict is Verdict.DEGRADED
    assert "no suitable node" in pending(30).reason


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
    assert (judgement.verdict, judgement.reason) == (Verdict.PROGRESSING, "1/3 updated")
    judgement = at(spec(3), progress_deadline=100, ready_timeout=1000)
    assert (judgement.verdict, judgement.reason) == (Verdict.DEGRADED, "no step forward within 100 s: 1/3 updated")
    slow = {**spec(3), "UpdateConfig": {"Delay": 60 * 10**9}}
    assert at(slow, progress_deadline=100).verdict is Verdict.PROGRESSING


def test_a_rollback_is_told_of_while_it_is_under_way() -> None:
    back = UpdateStatus("rollback_started", "update rolled back due to failure of task t9", started_at=NOW - 5)
    judgement = judged(swarm(task(900), task(90, spec=OLD, slot=2), written=spec(2), update=back))
    assert judgement.verdict is Verdict.PROGRESSING
    assert judgement.reason == "rolling back, 1/2 have the old spec: update rolled back due to failure of task t9"


def test_the_task_that_swarm_names_as_the_reason_is_quoted() -> None:
    died = failed(20, spec=OLD, slot=2, id="t9verylongidentifier", container_id="c9")
    later = failed(5, spec=OLD, slot=1)
    words = "update rolled back due to failure or early termination of task t9verylongidentifier: it changed image"
    judgement = judged(swarm(task(900), died, later), Circumstances(rolled_back=words))
    assert (judgement.verdict, judgement.suspect) == (Verdict.ROLLED_BACK, died.id)
    assert judgement.error == "task web.2 (t9verylongid) on host1: task: non-zero exit (3)"
    assert judgement.reason.endswith("it changed image")


def test_a_task_of_a_global_service_is_told_by_its_node() -> None:
    everywhere = spec(mode={"Global": {}})
    loop = [failed(age, slot=0) for age in (10, 40, 100)]
    judgement = judged(swarm(*loop, task(1, TaskState.STARTING, slot=0), written=everywhere))
    assert judgement.reason.startswith("crash-looping in node host1")
    assert (judgement.error or "").startswith("task web (t0-10) on host1: ")


PROBE = Probe(tcp=80)


def probed(age: float, result: Probed | None, **options: Any) -> Judgement:
    one = task(age)
    known = {one.id: result} if result else {}
    return judged(swarm(one, updated_at=NOW - age - 1, probed=known), probe=PROBE, **options)


def test_a_task_with_a_probe_is_ready_once_it_passes() -> None:
    judgement = probed(60, None)
    assert (judgement.verdict, judgement.running, judgement.ready) == (Verdict.PROGRESSING, 1, 0)
    assert judgement.reason == "1/1 running; the probe (tcp 80) of slot 1 hasn't passed: not tried yet"
    assert not judgement.healthy
    assert judgement.started
    judgement = probed(60, Probed(True, ever=True))
    assert (judgement.verdict, judgement.ready, judgement.healthy) == (Verdict.READY, 1, True)
    young = probed(1, Probed(True, ever=True))
    assert (young.verdict, young.healthy) == (Verdict.PROGRESSING, True)


def test_a_probe_that_never_passes_is_degraded_after_ready_timeout() -> None:
    refused = Probed(False, "Connection refused")
    judgement = probed(60, refused, ready_timeout=61)
    assert (judgement.verdict, judgement.recheck_at) == (Verdict.PROGRESSING, NOW + 1)
    judgement = probed(60, refused, ready_timeout=60)
    words = "its probe (tcp 80) hasn't passed within 60 s: Connection refused"
    assert (judgement.verdict, judgement.reason) == (Verdict.DEGRADED, f"slot 1: {words}")
    assert judgement.error == f"task web.1 (t1-60) on host1: {words}"
    assert judgement.suspect == "t1-60"


def test_a_probe_that_fails_after_it_passed_is_degraded_at_once() -> None:
    judgement = probed(60, Probed(False, "status 503", ever=True))
    assert (judgement.verdict, judgement.reason) == (Verdict.DEGRADED, "slot 1: its probe (tcp 80) fails: status 503")
    assert not judgement.healthy


def test_where_nobody_can_try_the_probe_age_decides_and_that_is_said() -> None:
    blind = Probed(None, "it is on another node")
    judgement = probed(60, blind)
    assert judgement.verdict is Verdict.READY
    assert judgement.reason == "1/1 running; its probe can't be tried, so that age decides: it is on another node"
    assert not probed(1, blind).healthy, "nothing has vouched for it yet"


def test_a_slot_lost_just_now_has_its_time_again() -> None:
    lost = failed(5, created_at=NOW - 5000)
    assert judged(swarm(lost, task(1, TaskState.STARTING)), ready_timeout=60).verdict is Verdict.PROGRESSING


def test_attempts_that_fail_slowly_dont_move_the_deadline() -> None:
    attempts = [failed(age, created_at=NOW - age - 90) for age in (10, 110, 210, 310)]
    judgement = judged(swarm(*attempts, task(5, TaskState.STARTING)), ready_timeout=300)
    assert judgement.verdict is Verdict.DEGRADED


def test_a_restart_policy_that_gave_up_is_degraded() -> None:
    judgement = judged(swarm(failed(200), failed(300)))
    assert judgement.verdict is Verdict.DEGRADED
    assert judgement.error == "task web.1 (t1-200) on host1: task: non-zero exit (3)"


def test_a_slot_whose_turn_is_to_come_isnt_given_up_though_its_last_task_of_this_spec_was_stopped() -> None:
    before, between = task(500, TaskState.SHUTDOWN), task(90, spec=OLD)
    judgement = judged(swarm(before, between, update=UpdateStatus("updating"), updated_at=NOW - 1))
    assert judgement.verdict is Verdict.PROGRESSING


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
    assert judgement.reason == "no node has label zone=asia; 2 nodes considered"


def test_jobs_complete_by_iteration() -> None:
    job = spec(mode={"ReplicatedJob": {"TotalCompletions": 2}})
    done = [task(5, TaskState.COMPLETE, slot=slot, iteration=3, desired_state=TaskState.COMPLETE) for slot in (0, 1)]
    assert judged(swarm(*done, written=job, iteration=3)).verdict is Verdict.COMPLETED
    assert judged(swarm(*done, written=job, iteration=4, updated_at=NOW - 1)).verdict is Verdict.PROGRESSING


@pytest.mark.parametrize(
    ("policy", "failures", "verdict"),
    [
        ({"Condition": "none"}, 1, Verdict.DEGRADED),
        ({"Condition": "on-failure", "MaxAttempts": 1}, 1, Verdict.PROGRESSING),
        ({"Condition": "on-failure", "MaxAttempts": 1}, 2, Verdict.DEGRADED),
        ({"Condition": "on-failure"}, 2, Verdict.PROGRESSING),
    ],
)
def test_a_job_whose_last_try_failed_is_degraded_at_once(policy: Spec, failures: int, verdict: Verdict) -> None:
    job = spec(mode={"ReplicatedJob": {"TotalCompletions": 1}}, RestartPolicy=policy)
    made: dict[str, Any] = {"slot": 0, "iteration": 1, "spec": job["TaskTemplate"], "desired_state": TaskState.COMPLETE}
    tries = [failed(1 + number, **made) for number in range(failures)]
    assert judged(swarm(*tries, written=job, iteration=1, updated_at=NOW - 9)).verdict is verdict


@pytest.mark.parametrize(
    ("circumstances", "verdict", "words"),
    [
        (Circumstances(failure="the engine says no", retry_at=NOW + 4), Verdict.DEGRADED, "the engine says no"),
        (Circumstances(rolled_back="task t1 failed"), Verdict.ROLLED_BACK, "task t1 failed"),
        (
            Circumstances(pending=("image",), waiting_for="db (service_healthy)"),
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
    assert words in judgement.reason


def test_a_service_that_isnt_there() -> None:
    empty = Snapshot(NOW, ENGINE)
    assert judged(empty, Circumstances(pending=("create",))).verdict is Verdict.MISSING
    assert judged(empty, Circumstances(pending=("create",), waiting_for="db")).verdict is Verdict.WAITING


def test_the_worst_verdict_wins() -> None:
    assert worst([Verdict.READY, Verdict.DEGRADED, Verdict.WAITING]) is Verdict.DEGRADED
    assert worst([]) is Verdict.READY


def test_dependencies() -> None:
    running = Judgement("db", "app", Verdict.PROGRESSING, "1/1 running", desired=1, running=1)
    checked = replace(running, has_health_check=True, passing=1)
    completed = replace(running, verdict=Verdict.COMPLETED, running=0)

    def waits(condition: Condition, judgement: Judgement | None, required: bool = True) -> bool:
        found = {"db": judgement} if judgement else {}
        return bool(unmet([Dependency("db", condition, required)], found))

    assert not waits(Condition.STARTED, running)
    assert waits(Condition.STARTED, replace(running, running=0))
    assert waits(Condition.HEALTHY, running), "without a health check only age can tell"
    assert not waits(Condition.HEALTHY, checked)
    assert waits(Condition.HEALTHY, replace(checked, rolling=True)), "Swarm may still take it back"
    assert waits(Condition.HEALTHY, replace(checked, outdated=True, verdict=Verdict.ROLLED_BACK))
    assert not waits(Condition.STARTED, replace(checked, rolling=True))
    assert not waits(Condition.HEALTHY, replace(running, verdict=Verdict.READY))
    assert waits(Condition.COMPLETED, running)
    assert not waits(Condition.COMPLETED, completed)
    assert not waits(Condition.STARTED, completed)
    assert waits(Condition.STARTED, None)
    assert not waits(Condition.STARTED, None, required=False)


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
