"""A start-first rollout of a service that has a port of its nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.desired.model import Service, Stack
from reconciler.observed.model import Node, Snapshot, Task, TaskState
from reconciler.plan.model import Verb
from tests.unit.plan.world import planned, running, service, stack
from tests.unit.words import blocked

GLOBAL: dict[str, Any] = {"Global": {}}


def proxy(port: int = 80, mode: dict[str, Any] | None = None, image: str = "web:1", **placement: Any) -> Service:
    found = service(Image=image)
    found.spec.update(
        EndpointSpec={"Ports": [{"TargetPort": 80, "PublishedPort": port, "PublishMode": "host"}]},
        UpdateConfig={"Order": "start-first"},
        Mode=mode or {"Replicated": {"Replicas": 1}},
    )
    found.spec["TaskTemplate"]["Placement"] = placement
    return found


def swarm(wanted: Stack, nodes: int, on: tuple[str, ...] = ("n1",)) -> Snapshot:
    """``nodes`` nodes n1, n2 …, and a task of each service on each of ``on``."""
    found = running(wanted)
    return replace(
        found,
        nodes={f"n{number}": Node(f"n{number}", f"n{number}", "ready", "active") for number in range(1, nodes + 1)},
        tasks={
            each.id: tuple(
                Task(f"{each.id}-{node}", each.id, node, 1, TaskState.RUNNING, TaskState.RUNNING) for node in on
            )
            for each in found.services.values()
        },
    )


def held(before: Service, after: Service, nodes: int, on: tuple[str, ...] = ("n1",)) -> str:
    plan = planned([stack(after)], swarm(stack(before), nodes, on))
    assert bool(blocked(plan)) is (plan.actions == ())
    return blocked(plan).get("app_web", "")


def test_it_is_made_on_any_swarm_and_rolls_where_a_node_has_the_port_free() -> None:
    assert [action.verb for action in planned([stack(proxy())]).actions] == [Verb.CREATE, Verb.CREATE]
    assert held(proxy(), proxy(image="web:2"), nodes=2) == ""


def test_it_is_held_where_every_node_has_the_port_taken() -> None:
    assert held(proxy(), proxy(image="web:2"), nodes=1) == (
        "a rollout that is start-first would never end: port 80/tcp of the host is taken on every node that a new task "
        "could start on (n1); say `order: stop-first`, or add a node"
    )
    assert "(n1, n2, n3 and more)" in held(proxy(), proxy(image="web:2"), nodes=4, on=("n1", "n2", "n3", "n4"))


def test_nodes_that_it_isnt_meant_for_dont_count() -> None:
    here = ["node.hostname == n1"]
    assert "(n1)" in held(proxy(Constraints=here), proxy(image="web:2", Constraints=here), nodes=2)


def test_another_port_is_no_deadlock() -> None:
    assert held(proxy(), proxy(port=81, image="web:2"), nodes=1) == ""


def test_a_global_service_has_no_other_node() -> None:
    reason = held(proxy(mode=GLOBAL), proxy(mode=GLOBAL, image="web:2"), nodes=2)
    assert "(n1); say `order: stop-first`" in reason
    assert "add a node" not in reason
