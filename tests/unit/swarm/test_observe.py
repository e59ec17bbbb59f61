"""The observer's memory of what it saw running."""

from __future__ import annotations

from reconciler.observed.model import TaskState
from reconciler.swarm.observe import seen_running
from tests.unit.verdict.world import node, task

HERE, THERE = task(id="here", node_id="n1"), task(id="there", node_id="n2")
TASKS = {"s1": (HERE, THERE)}


def seen(before: dict[str, float], at: float, state: str) -> dict[str, float]:
    return seen_running(before, at, TASKS, {"n1": node("n1"), "n2": node("n2", state=state)})


def test_a_task_is_seen_from_its_first_sight_on() -> None:
    first = seen({}, 10.0, "ready")
    assert first == {"here": 10.0, "there": 10.0}
    assert seen(first, 20.0, "ready") == first
    ended = {"s1": (HERE, task(TaskState.FAILED, id="there", node_id="n2"))}
    assert seen_running(first, 20.0, ended, {"n1": node("n1"), "n2": node("n2")}) == {"here": 10.0}


def test_a_task_of_a_node_that_was_lost_is_seen_anew_when_it_comes_back() -> None:
    lost = seen(seen({}, 10.0, "ready"), 20.0, "down")
    assert lost == {"here": 10.0}
    assert seen(lost, 30.0, "ready") == {"here": 10.0, "there": 30.0}
    assert seen_running(lost, 30.0, TASKS, {"n1": node("n1")}) == {"here": 10.0}


def test_a_new_leader_that_hasnt_heard_of_the_nodes_yet_makes_nothing_young() -> None:
    first = seen({}, 10.0, "ready")
    assert seen(first, 20.0, "unknown") == first
