"""Ends of tasks of which Swarm keeps no history are remembered and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from reconciler.observed.model import Node, Task, TaskState
from reconciler.swarm.ended_tasks import MOST, REMEMBERED, VANISHED, Ends
from reconciler.verdict.slots import CRASH_WINDOW
from tests.unit.verdict.world import NOW, node, spec, task

NODES = {"node-1": node()}


def running(number: int, **parts: Any) -> Task:
    return replace(task(age=0, **parts), id=f"t{number}", created_at=NOW + number, container_id="")


def looks(*lists: Sequence[Task], nodes: dict[str, Node] = NODES, every: float = 10.0) -> list[Task]:
    """Return what is known after one look after another."""
    ends, known = Ends(), list[Task]()
    for number, now in enumerate(lists):
        known = [*now, *ends.remembered(known, now, nodes, NOW + number * every)]
        ends.forget(known)
    return known


def failed(of: Task) -> Task:
    return replace(of, state=TaskState.FAILED, desired_state=TaskState.SHUTDOWN, error="exit 4")


def test_ends_that_were_seen_stay_known_for_as_long_as_verdicts_look_back() -> None:
    one, two, three = (running(number) for number in (1, 2, 3))
    known = looks([one], [failed(one), two], [two], [failed(two), three], [three])
    assert [(each.id, each.error) for each in known[1:]] == [("t2", "exit 4"), ("t1", "exit 4")]
    assert REMEMBERED >= CRASH_WINDOW
    assert looks([failed(one), two], [two], *([two] for _ in range(20))) == [two]


def test_ends_between_two_looks_are_told_by_their_successors() -> None:
    known = looks(*([running(number)] for number in range(4)))
    assert [(each.id, each.state, each.error) for each in known[1:]] == [
        (f"t{number}", TaskState.FAILED, VANISHED) for number in (2, 1, 0)
    ]


@pytest.mark.parametrize(
    "now",
    [
        [],  # scaled down, or removed
        [running(2, of=spec("web:2"))],  # another spec
        [running(2, slot=2)],  # another slot
        [replace(running(2), created_at=NOW)],  # no successor
    ],
)
def test_what_swarm_itself_stops_is_no_end(now: list[Task]) -> None:
    assert looks([running(1)], now) == now


@pytest.mark.parametrize("state", [{"state": "down"}, {"availability": "drain"}, {"availability": "pause"}])
def test_what_goes_with_its_node_is_no_end(state: dict[str, str]) -> None:
    now = [running(2, node_id="node-2")]
    assert looks([running(1)], now, nodes={"node-1": node(**state), "node-2": node("node-2")}) == now


def test_a_task_that_was_told_to_stop_is_no_end() -> None:
    told = replace(running(1), desired_state=TaskState.SHUTDOWN)
    assert looks([told], [running(2)]) == [running(2)]


def test_few_ends_of_a_slot_are_remembered() -> None:
    assert len(looks(*([running(number)] for number in range(20)), every=1.0)) == 1 + MOST


def test_of_a_global_service_the_node_is_the_slot() -> None:
    other = {"slot": 0, "node_id": "node-2"}
    nodes = {"node-1": node(), "node-2": node("node-2")}
    known = looks([running(1, slot=0)], [running(2, slot=0), running(3, **other)], [running(4, **other)], nodes=nodes)
    assert [each.id for each in known] == ["t4", "t3"]
