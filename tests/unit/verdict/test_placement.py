"""Placement failures in words, from the snapshot alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Finding
from reconciler.observed.model import Node, Service, Snapshot, Task, TaskState
from reconciler.verdict.model import Verdict
from reconciler.verdict.placement import explain
from tests.unit.verdict.world import judged, node, service, snapshot, spec, task
from tests.unit.words import in_words, reason

GENERIC = "no suitable node (scheduling constraints not satisfied on 3 nodes)"
THREE = tuple(
    node(
        f"n{number}", hostname=f"host{number}", labels={"zone": "us"}, arch="x86_64", resources={"NanoCPUs": 2 * 10**9}
    )
    for number in (1, 2, 3)
)


def search(nodes: Iterable[Node] = THREE, others: Iterable[tuple[Service, Task]] = (), **template: Any) -> str:
    return in_words(found(nodes, others, **template))


def found(
    nodes: Iterable[Node] = THREE, others: Iterable[tuple[Service, Task]] = (), **template: Any
) -> Finding | None:
    endpoint = template.pop("endpoint", {})
    wanted = service({**spec(**template), "EndpointSpec": endpoint})
    waiting = task(TaskState.PENDING, of=wanted.spec, node_id="", error=GENERIC)
    swarm = snapshot(wanted, waiting, nodes=tuple(nodes))
    tasks: dict[str, tuple[Task, ...]] = {**swarm.tasks}
    services = {**swarm.services}
    for other, its in others:
        services[other.name] = other
        tasks[other.id] = (*tasks.get(other.id, ()), its)
    swarm = snapshot(wanted, nodes=tuple(nodes), services=services, tasks=tasks)
    return explain(waiting, wanted, swarm)


def constrained(*those: str) -> dict[str, Any]:
    return {"Placement": {"Constraints": list(those)}}


def on(node_id: str, name: str = "other", **parts: Any) -> tuple[Service, Task]:
    """Another service, and its task on a node."""
    made = {"Name": name, "TaskTemplate": parts.pop("template", {}), **parts}
    found = Service(f"id-{name}", name, 1, made)
    return found, task(of=made, service_id=found.id, node_id=node_id)


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        ("node.labels.zone==eu", "no node has label zone=eu; 3 nodes considered"),
        ("engine.labels.disk == ssd", "no node has engine label disk=ssd; 3 nodes considered"),
        ("node.hostname==gone", "no node is named gone; 3 nodes considered"),
        ("node.role==manager", "no node is a manager; 3 nodes considered"),
        ("node.platform.os==windows", "no node runs windows; 3 nodes considered"),
        ("node.platform.arch==arm64", "no node is of architecture arm64; 3 nodes considered"),
        ("node.ip==10.0.0.0/8", "no node has an address of 10.0.0.0/8; 3 nodes considered"),
        ("node.id==x", "no node has the id x; 3 nodes considered"),
        (
            "node.labels.zone!=us",
            "every node has label zone=us, which node.labels.zone!=us rules out; 3 nodes considered",
        ),
        (
            "node.colour==red",
            "no node can meet node.colour==red, whose key Swarm doesn't know; 3 nodes considered",
        ),
    ],
)
def test_a_constraint_that_no_node_meets(constraint: str, words: str) -> None:
    assert search(**constrained(constraint)) == words


def test_constraints_that_no_node_meets_together() -> None:
    nodes = (*THREE[:2], node("n4", hostname="host4", labels={"zone": "eu"}, role="manager"))
    words = search(nodes, **constrained("node.labels.zone==us", "node.role==manager"))
    assert words == (
        "no suitable node: node.role==manager isn't met (host1, host2); node.labels.zone==us isn't met (host4)"
    )


def test_nodes_that_take_no_tasks_are_told_beside_those_that_dont_suit() -> None:
    nodes = (
        THREE[0],
        node("n2", hostname="host2", availability="drain", labels={"zone": "eu"}),
        node("n3", hostname="host3", state="down", labels={"zone": "eu"}),
    )
    assert search(nodes, **constrained("node.role==worker")) == ""
    lost = found(nodes, **constrained("node.labels.zone==eu"))
    assert lost
    assert lost.cause is Cause.NODE_LOST
    assert [(each.finding.facts.state, each.nodes) for each in lost.facts.hindrances] == [
        ("drained", ("host2",)),
        ("down", ("host3",)),
    ]
    drained = found(nodes[:2], **constrained("node.labels.zone==eu"))
    assert drained
    assert drained.cause is Cause.NODE_UNAVAILABLE
    neither = found(nodes, **constrained("node.labels.zone==eu", "node.role==manager"))
    assert neither
    assert neither.cause is Cause.CONSTRAINT_UNMET, "a node that is shut, and wouldn't do either"
    assert search(nodes[1:]) == "no suitable node: down (host3); drained (host2)"
    paused = (node("n1", hostname="host1", availability="pause"),)
    assert search(paused) == "no suitable node: paused (host1)"


def test_ports_of_the_host_that_are_taken() -> None:
    port = {"Ports": [{"PublishMode": "host", "PublishedPort": 80, "Protocol": "tcp"}]}
    taken = [on(each.id, "proxy", EndpointSpec=port) for each in THREE]
    assert search(others=taken, endpoint=port) == (
        "no suitable node: port 80/tcp is taken by proxy (host1, host2, host3)"
    )
    assert search(others=taken[:2], endpoint=port) == "", "one has it free"
    udp = {"Ports": [{"PublishMode": "host", "PublishedPort": 80, "Protocol": "udp"}]}
    ingress = {"Ports": [{"PublishMode": "ingress", "PublishedPort": 80, "Protocol": "tcp"}]}
    for other in (udp, ingress):
        assert search(others=taken, endpoint=other) == ""


def test_a_task_that_ended_holds_no_port() -> None:
    port = {"Ports": [{"PublishMode": "host", "PublishedPort": 80, "Protocol": "tcp"}]}
    proxy, _ = on("n1", "proxy", EndpointSpec=port)
    ended = task(TaskState.FAILED, of=proxy.spec, service_id=proxy.id, node_id="n1")
    assert search(THREE[:1], [(proxy, ended)], endpoint=port) == ""


def test_resources_that_are_reserved_already() -> None:
    def reserve(cpus: float) -> Any:
        return {"Resources": {"Reservations": {"NanoCPUs": int(cpus * 1e9)}}}

    words = "no suitable node: fewer than 1.5 CPUs left unreserved (host1, host2, host3)"
    taken = [on(each.id, template=reserve(1)) for each in THREE]
    assert search(others=taken, **reserve(1.5)) == words
    assert search(others=taken, **reserve(1)) == ""
    memory: Any = {"Resources": {"Reservations": {"MemoryBytes": 64 * 2**30}}}
    assert search(**memory) == ("no suitable node: fewer than 64 GiB of memory left unreserved (host1, host2, host3)")
    gpus = [{"DiscreteResourceSpec": {"Kind": "gpu", "Value": 2}}]
    assert search(Resources={"Reservations": {"GenericResources": gpus}}) == (
        "no suitable node: fewer than 2 gpu left unreserved (host1, host2, host3)"
    )


def test_max_replicas_plugins_and_platforms() -> None:
    full = [(service(spec()), task(of=spec(), node_id=each.id, slot=2)) for each in THREE]
    assert search(others=full, Placement={"MaxReplicas": 1}) == (
        "no suitable node: max_replicas_per_node (1) is reached (host1, host2, host3)"
    )
    nodes = tuple(
        node(f"n{number}", hostname=f"host{number}", plugins=frozenset({("Volume", "local"), ("Log", "syslog")}))
        for number in range(1, 6)
    )
    mounts = [{"Type": "volume", "VolumeOptions": {"DriverConfig": {"Name": "rexray"}}}]
    assert search(nodes, ContainerSpec={"Image": "web:1", "Mounts": mounts}) == (
        "no suitable node: no volume driver rexray (host1, host2, host3 and 2 more)"
    )
    assert search(nodes, LogDriver={"Name": "fluentd"}).startswith("no suitable node: no log driver fluentd")
    assert search(nodes, LogDriver={"Name": "syslog"}) == ""
    assert search(Placement={"Platforms": [{"OS": "linux", "Architecture": "arm64"}]}) == (
        "no suitable node: the image isn't made for linux x86_64 (host1, host2, host3)"
    )


def test_the_verdict_says_it_and_keeps_the_engines_words_as_the_error() -> None:
    wanted = spec(**constrained("node.labels.zone==eu"))

    def waiting(age: float) -> Snapshot:
        return snapshot(
            service(wanted, created_at=9_000.0),
            task(TaskState.PENDING, of=wanted, node_id="", age=age, error=GENERIC),
            nodes=THREE,
        )

    soon, late = judged(waiting(2)), judged(waiting(60))
    assert soon.verdict is Verdict.PROGRESSING
    assert (soon.facts.state, soon.facts.because) == ("pending", Cause.CONSTRAINT_UNMET)
    assert (late.verdict, reason(late)) == (Verdict.DEGRADED, "slot 1: no node has label zone=eu; 3 nodes considered")
    assert GENERIC in (late.error or "")


def test_where_the_snapshot_doesnt_tell_the_engines_words_stand() -> None:
    late = judged(snapshot(service(), task(TaskState.PENDING, node_id="", age=60, error=GENERIC), nodes=THREE))
    assert (late.verdict, reason(late)) == (Verdict.DEGRADED, f"slot 1: {GENERIC}")


def test_a_task_that_stays_new_tells_who_has_its_port_already() -> None:
    published = {"EndpointSpec": {"Ports": [{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080}]}}
    mine = service({**spec(), **published})
    other = replace(mine, id="s2", name="shop_api")
    new = task(TaskState.NEW, node_id="", age=60)
    alone = snapshot(mine, new)
    both = replace(alone, services={**alone.services, "shop_api": other})
    assert reason(judged(both)) == "slot 1: port 8080/tcp is published by shop_api already"
    assert reason(judged(alone)).startswith("slot 1: Swarm doesn't give its task what has to be there first")
    soon = task(TaskState.NEW, node_id="", age=2)
    assert judged(snapshot(mine, soon)).verdict is Verdict.PROGRESSING
