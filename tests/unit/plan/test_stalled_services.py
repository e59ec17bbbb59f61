"""What is done to a service that is as desired, because Swarm doesn't."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import labels
from reconciler.observed import model as observed
from reconciler.observed.model import TaskState
from tests.unit.plan.world import after, planned, running, service, stack, summary

RUNNING = TaskState.RUNNING
BEGAN = 1000.0


def cut_off(swarm: observed.Snapshot) -> observed.Snapshot:
    """Every service has a running task that is attached to nothing."""
    tasks = {
        found.id: (observed.Task("t1", found.id, "node1", 1, RUNNING, RUNNING, spec=found.spec["TaskTemplate"]),)
        for found in swarm.services.values()
    }
    return replace(swarm, tasks=tasks, attached={"t1": frozenset()})


def waiting(at: float, **lost: Any) -> observed.Snapshot:
    """A rollout of ``app_web`` that waits, at ``at`` seconds, for a task that ``worker1`` was to run."""
    swarm = running(stack(service()))
    found = replace(swarm.services["app_web"], update=observed.UpdateStatus("updating", "update in progress", BEGAN))
    task = observed.Task("t1", found.id, "worker1", 1, TaskState.STARTING, TaskState.SHUTDOWN)
    tasks = (
        replace(task, created_at=BEGAN + 1, status_at=BEGAN + 2, **lost),
        observed.Task("t2", found.id, "worker2", 1, RUNNING, RUNNING, created_at=BEGAN + 5, status_at=BEGAN + 6),
    )
    nodes = {"worker1": observed.Node("worker1", "worker1", "down", "active")}
    return replace(swarm, at=at, services={"app_web": found}, tasks={found.id: tasks}, nodes=nodes)


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


def test_a_rollout_that_waits_for_a_task_of_a_lost_node_is_begun_again() -> None:
    wanted = stack(service())
    swarm = waiting(BEGAN + 60)
    plan = planned([wanted], swarm)
    (action,) = plan.actions
    assert action.reason == "the rollout waits for task t1, whose node was lost: it is begun again"
    assert action.spec is not None
    assert action.spec["Labels"][labels.LOST] == "t1"
    anew = after(plan, swarm)
    begun = observed.UpdateStatus("updating", "update in progress", BEGAN + 61)
    found = replace(anew.services["app_web"], update=begun, updated_at=BEGAN + 61)
    anew = replace(anew, at=BEGAN + 600, services={"app_web": found})
    assert summary(planned([wanted], anew)) == [], "the label is bookkeeping, and the task is of the rollout before"


@pytest.mark.parametrize(("at", "actions"), [(BEGAN + 38, 0), (BEGAN + 40, 1)])
def test_the_pause_between_the_steps_of_a_rollout_is_no_standstill(at: float, actions: int) -> None:
    slowly = {"UpdateConfig": {"Delay": 30 * 10**9}}
    swarm = waiting(at)
    (found,) = swarm.services.values()
    swarm = replace(swarm, services={"app_web": replace(found, spec={**found.spec, **slowly})})
    wanted = replace(service(), spec={**service().spec, **slowly})
    assert len(planned([stack(wanted)], swarm).actions) == actions


def test_what_a_rollout_was_begun_again_for_is_forgotten_with_the_next_change() -> None:
    swarm = waiting(BEGAN + 60)
    begun = after(planned([stack(service())], swarm), swarm)
    (update,) = planned([stack(service(Image="web:2"))], begun).actions
    assert update.spec is not None
    assert labels.LOST not in update.spec["Labels"]


@pytest.mark.parametrize(
    "swarm",
    [
        pytest.param(waiting(BEGAN + 8), id="2 s of nothing are not long yet"),
        pytest.param(waiting(BEGAN + 60, state=RUNNING), id="the updater saw it run"),
        pytest.param(waiting(BEGAN + 60, desired_state=RUNNING), id="Swarm hasn't given it up yet"),
        pytest.param(waiting(BEGAN + 60, node_id="worker2"), id="its node is well"),
        pytest.param(waiting(BEGAN + 60, node_id=""), id="no node was found for it"),
    ],
)
def test_a_rollout_that_may_go_on_by_itself_is_left_alone(swarm: observed.Snapshot) -> None:
    well = observed.Node("worker2", "worker2", "ready", "active")
    assert summary(planned([stack(service())], replace(swarm, nodes={**swarm.nodes, "worker2": well}))) == []


def test_another_task_that_starts_is_waited_for() -> None:
    swarm = waiting(BEGAN + 60)
    (found,) = swarm.services.values()
    lost, other = swarm.tasks[found.id]
    starting = replace(swarm, tasks={found.id: (lost, replace(other, state=TaskState.PREPARING))})
    assert summary(planned([stack(service())], starting)) == []


def paused(**ended: Any) -> observed.Snapshot:
    """A rollout of ``app_web`` that Swarm paused for its task ``t1``, whose node is well again."""
    swarm = waiting(BEGAN + 10, **{"state": TaskState.SHUTDOWN, **ended})
    (found,) = swarm.services.values()
    said = observed.UpdateStatus("paused", "update paused due to failure or early termination of task t1", BEGAN)
    well = observed.Node("worker1", "worker1", "ready", "active")
    return replace(swarm, services={"app_web": replace(found, update=said)}, nodes={"worker1": well})


def test_a_rollout_paused_for_a_task_that_was_lost_with_its_node_is_begun_again() -> None:
    swarm = paused()
    plan = planned([stack(service())], swarm)
    (action,) = plan.actions
    assert action.reason == "the rollout was paused for task t1, which was lost with its node: it is begun again"
    assert action.spec is not None
    assert action.spec["Labels"][labels.LOST] == "t1"
    (found,) = after(plan, swarm).services.values()
    over = replace(found, update=observed.UpdateStatus("completed", "update completed", BEGAN + 11))
    assert summary(planned([stack(service())], replace(swarm, services={"app_web": over}))) == []


def test_what_a_drained_node_tells_of_its_tasks_is_no_reason_to_leave_a_rollout_paused() -> None:
    """Engine 20.10 fails now and then in ending them: "error while removing network"."""
    swarm = paused(state=TaskState.FAILED)
    drained = observed.Node("worker1", "worker1", "ready", "drain")
    (action,) = planned([stack(service())], replace(swarm, nodes={"worker1": drained})).actions
    assert "lost with its node: it is begun again" in action.reason


@pytest.mark.parametrize("state", [TaskState.FAILED, TaskState.REJECTED, TaskState.COMPLETE])
def test_a_rollout_paused_for_a_task_that_failed_stays_so(state: TaskState) -> None:
    assert summary(planned([stack(service())], paused(state=state))) == []


def test_what_starts_under_a_paused_rollout_is_waited_for() -> None:
    swarm = paused()
    (found,) = swarm.services.values()
    lost, other = swarm.tasks[found.id]
    starting = replace(swarm, tasks={found.id: (lost, replace(other, state=TaskState.PREPARING))})
    assert summary(planned([stack(service())], starting)) == []
