"""A Swarm of three managers and two workers, whose nodes are drained, paused, lost, cut off, and come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

import pytest

from reconciler.labels import LOST
from tests.swarm.cli import Docker
from tests.swarm.looping import Loop, Program, Report, compose, service
from tests.swarm.nodes import Node, Nodes, several_nodes
from tests.swarm.waiting import until

GLOBAL = "deploy: {mode: global, endpoint_mode: dnsrr, update_config: {failure_action: continue}}"
"""A task that goes down with its node is no reason to stop a rollout."""
THREE = "deploy: {replicas: 3, endpoint_mode: dnsrr}"
CHECKED = "healthcheck: {test: [CMD, 'true'], interval: 500ms}"


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with several_nodes() as nodes:
        yield nodes


@pytest.fixture(scope="module")
def host(nodes: Nodes) -> str:
    """Of the first manager: the fixtures for one engine clean up by it."""
    return nodes.managers[0].host


@pytest.fixture(autouse=True)
def _well(nodes: Nodes) -> None:
    nodes.well()


def test_a_global_service_over_a_drained_and_a_paused_node(
    program: Program, stack: str, docker: Docker, nodes: Nodes
) -> None:
    program.write("app.yaml", _file(stack, "one", every=GLOBAL))
    with program.loop() as loop:
        _ready(loop, stack, every=5)
        with _availability(docker, "worker1", "drain"):
            _ready(loop, stack, every=4)
        _ready(loop, stack, every=5)
        with _availability(docker, "worker1", "pause"):
            _ready(loop, stack, every=5)
            program.write("app.yaml", _file(stack, "two", every=GLOBAL))
            _ready(loop, stack, every=4)
            assert _running(nodes, stack, "every") == {
                **{key: ["two"] for key in ["manager1", "manager2", "manager3", "worker2"]},
                "worker1": ["one"],
            }
        _ready(loop, stack, every=5)
    _end(nodes, stack, "every", {node.name: ["two"] for node in nodes.all})


def test_a_lost_node_that_comes_back_with_stale_tasks(
    program: Program, stack: str, docker: Docker, nodes: Nodes
) -> None:
    worker = nodes.workers[1]
    program.write("app.yaml", _file(stack, "one", every=GLOBAL, some=THREE))
    with program.loop() as loop:
        _ready(loop, stack, every=5, some=3)
        with worker.killed():
            nodes.down(worker, nodes.managers[0])
            _ready(loop, stack, every=4, some=3)
            ghosts = docker("node", "ps", "worker2", "--format", "{{.CurrentState}}")
            assert "Running" in ghosts, "a task of the lost node says so still"
            program.write("app.yaml", _file(stack, "two", every=GLOBAL, some=THREE))
            _ready(loop, stack, every=4, some=3)
        _ready(loop, stack, every=5, some=3)
    _end(nodes, stack, "every", {node.name: ["two"] for node in nodes.all})
    until(lambda: Counter(_flat(_running(nodes, stack, "some"))) == {"two": 3}, what="three tasks of the new spec run")


@pytest.mark.parametrize("role", ["worker", "manager"])
def test_a_rollout_whose_node_is_lost_ends_on_the_others(program: Program, stack: str, nodes: Nodes, role: str) -> None:
    """Be it the Swarm's leader, so that another goes on with the rollout."""
    lost = nodes.workers[0] if role == "worker" else nodes.leader()
    manager = next(manager for manager in nodes.managers if manager is not lost)
    deploy = f"deploy: {{replicas: 3, endpoint_mode: dnsrr, placement: {{constraints: [node.role == {role}]}}}}"
    program.write("app.yaml", _file(stack, "one", some=deploy))
    with replace(program, host=manager.host).loop() as loop:
        _ready(loop, stack, some=3)
        program.write("app.yaml", _file(stack, "two", some=deploy))
        until(lambda: "two" in _words(lost, f"{stack}_some"), what="the rollout has come to the node")
        with lost.killed():
            nodes.down(lost, manager)
            _ready(loop, stack, some=3)
        _ready(loop, stack, some=3)
    until(lambda: _flat(_running(nodes, stack, "some")) == ["two"] * 3, what="three tasks of the new spec run")


def test_a_node_that_is_lost_while_a_task_starts_there_stops_no_rollout(
    program: Program, stack: str, docker: Docker, nodes: Nodes
) -> None:
    """Swarm itself waits for that task until the node is back, takes it for a failure then, and rolls back."""
    lost = nodes.workers[0]
    deploy = "deploy: {replicas: 6, endpoint_mode: dnsrr, placement: {constraints: [node.role == worker]}}"
    check = f"test: 'test $$(hostname) != {lost.name}', interval: 500ms, start_period: 2m"
    policy = "x-reconciler: {on_failure: rollback}"
    program.write("app.yaml", _file(stack, "one", some=f"{deploy}\n{policy}"))
    with program.loop() as loop:
        _ready(loop, stack, some=6)
        sick = f"{deploy}\n{policy}\nhostname: '{{{{.Node.Hostname}}}}'\nhealthcheck: {{{check}}}"
        program.write("app.yaml", _file(stack, "two", some=sick))
        until(lambda: "Starting" in _states(docker, f"{stack}_some", lost), what="a task starts on the node")
        with lost.killed():
            _ready(loop, stack, some=6)
            said = [action["reason"] for report in loop.reports for action in report["actions"]]
            assert len([reason for reason in said if "whose node was lost: it is begun again" in reason]) == 1
            assert _words(nodes.workers[1], f"{stack}_some") == ["two"] * 6
        nodes.well()
        until(
            lambda: "Starting" not in _states(docker, f"{stack}_some", lost), what="the node says how its tasks ended"
        )
        _ready(loop, stack, some=6)
    assert _words(nodes.workers[1], f"{stack}_some") == ["two"] * 6


def test_a_node_that_is_drained_during_a_rollout_doesnt_leave_it_paused(
    program: Program, stack: str, docker: Docker, nodes: Nodes
) -> None:
    """Swarm takes it for an early termination when a new task is ended with its node."""
    lost = nodes.workers[0]
    deploy = "replicas: 4, endpoint_mode: dnsrr, placement: {constraints: [node.role == worker]}"
    slowly = f"deploy: {{{deploy}, update_config: {{delay: 3s, monitor: 30s, failure_action: pause}}}}"
    program.write("app.yaml", _file(stack, "one", some=slowly))
    with program.loop() as loop:
        _ready(loop, stack, some=4)
        program.write("app.yaml", _file(stack, "two", some=slowly))
        until(lambda: "two" in _words(lost, f"{stack}_some"), what="the rollout has come to the node")
        with _availability(docker, lost.name, "drain"):
            _ready(loop, stack, some=4)
            said = [action["reason"] for report in loop.reports for action in report["actions"]]
            assert [reason for reason in said if "lost with its node: it is begun again" in reason]
            assert _words(nodes.workers[1], f"{stack}_some") == ["two"] * 4


def test_the_manager_of_the_acting_process_is_cut_off(program: Program, stack: str, nodes: Nodes) -> None:
    """The Swarm's leader at that: for a while it goes on answering as though nothing were."""
    cut = nodes.leader()
    well = next(manager for manager in nodes.managers if manager is not cut)
    program.write("app.yaml", _file(stack, "one", some=THREE))
    with ExitStack() as loops:
        acting = loops.enter_context(replace(program, host=cut.host, elsewhere=True).loop())
        _ready(acting, stack, some=3)
        standby = loops.enter_context(replace(program, host=well.host).loop())
        _ready(standby, stack, some=3)
        with cut.cut_off():
            since, later = len(acting.reports), len(standby.reports)
            nodes.down(cut, well)
            unknown = acting.report(lambda report: "does not have a leader" in report["engine_error"], since)
            assert unknown["verdict"] == "Unknown"
            assert unknown["services"][0]["reason"] == unknown["engine_error"]
            well.docker("service", "scale", "--detach", f"{stack}_some=1")
            standby.report(_changed, later)
            _ready(standby, stack, some=3)
            assert not any(_changed(report) for report in acting.reports[since:])
        nodes.well()
        since, later = len(acting.reports), len(standby.reports)
        well.docker("service", "scale", "--detach", f"{stack}_some=1")
        standby.report(_changed, later)
        _ready(acting, stack, some=3)
        assert not any(_changed(report) for report in acting.reports[since:])


def test_the_acting_process_is_killed_during_a_rollout(program: Program, stack: str, nodes: Nodes) -> None:
    first, second, _ = nodes.managers
    program.write("app.yaml", _chain(stack, "one"))
    with ExitStack() as loops:
        acting = loops.enter_context(replace(program, host=first.host, elsewhere=True).loop())
        _ready(acting, stack, a=1, b=1, c=1)
        standby = loops.enter_context(replace(program, host=second.host).loop())
        _ready(standby, stack, a=1, b=1, c=1)
        since, later = len(acting.reports), len(standby.reports)
        program.write("app.yaml", _chain(stack, "two"))
        acting.report(_changed, since)
        acting.process.kill()
        standby.report(_changed, later, deadline=15)
        _ready(standby, stack, a=1, b=1, c=1)
    for name in ("a", "b", "c"):
        _written_once(second.docker, f"{stack}_{name}")


def test_the_swarms_leader_is_killed_during_a_rollout(program: Program, stack: str, nodes: Nodes) -> None:
    leader = nodes.leader()
    manager = next(manager for manager in nodes.managers if manager is not leader)
    program.write("app.yaml", _chain(stack, "one", every=GLOBAL))
    with replace(program, host=manager.host).loop() as loop:
        _ready(loop, stack, a=1, b=1, c=1, every=5)
        since = len(loop.reports)
        program.write("app.yaml", _chain(stack, "two", every=GLOBAL))
        loop.report(_changed, since)
        with leader.killed():
            nodes.down(leader, manager)
            # A worker whose manager went may take minutes to find another: for as long it is lost, too.
            _ready(loop, stack, a=1, b=1, c=1, every=partial(nodes.ready, manager))
            for name in ("a", "b", "c", "every"):
                _written_once(manager.docker, f"{stack}_{name}")
        _ready(loop, stack, a=1, b=1, c=1, every=5)
    _end(nodes, stack, "every", {node.name: ["two"] for node in nodes.all})


def _file(stack: str, word: str, **services: str) -> str:
    """Services that say ``word`` in their environment."""
    parts = {name: service(extra=f"environment: {{WORD: {word}}}\n{extra}") for name, extra in services.items()}
    return compose(stack, parts)


def _chain(stack: str, word: str, **services: str) -> str:
    """Besides, a service that waits for one that waits for one: a rollout of several passes."""
    after = "depends_on: {%s: {condition: service_healthy}}"
    chain = {"a": CHECKED, "b": f"{CHECKED}\n{after % 'a'}", "c": f"{CHECKED}\n{after % 'b'}"}
    return _file(stack, word, **chain, **services)


def _ready(loop: Loop, stack: str, **running: int | Callable[[], int]) -> Report:
    """The first report from now on that is Ready with so many tasks, by service, that nothing is left to do for."""

    def like(report: Report) -> bool:
        numbers = {name: count() if callable(count) else count for name, count in running.items()}
        wanted = {f"{stack}_{name}": (count, count) for name, count in numbers.items()}
        counts = {each["name"]: (each["desired"], each["ready"]) for each in report["services"]}
        return report["verdict"] == "Ready" and counts == wanted and not report["actions"]

    return loop.report(like, len(loop.reports) - 1, deadline=90)


def _changed(report: Report) -> bool:
    return any(action["result"] == "changed" for action in report["actions"])


def _running(nodes: Nodes, stack: str, name: str) -> dict[str, list[str]]:
    """By node, the words that the containers of a service say."""
    return {node.name: words for node in nodes.all if (words := _words(node, f"{stack}_{name}"))}


def _words(node: Node, name: str) -> list[str]:
    containers = node.docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={name}").split()
    said = [node.docker.asked("exec", container, "sh", "-c", "echo $WORD") or "" for container in containers]
    return sorted(filter(None, said))


def _states(docker: Docker, name: str, node: Node) -> str:
    """What the tasks of a service on one node are at, in the engine's words."""
    return docker("service", "ps", name, "--filter", f"node={node.name}", "--format", "{{.CurrentState}}")


def _flat(running: dict[str, list[str]]) -> list[str]:
    return [word for words in running.values() for word in words]


def _end(nodes: Nodes, stack: str, name: str, wanted: dict[str, list[str]]) -> None:
    until(lambda: _running(nodes, stack, name) == wanted, what=f"{name} runs as {wanted}")


def _written_once(docker: Docker, name: str) -> None:
    """The spec before the present one is the one before the change: each write, even of the same, would move it. One
    with which a rollout is begun again, that a node took with it, is no second one of the same."""
    said = docker("service", "inspect", name, "--format", "{{json .PreviousSpec.TaskTemplate.ContainerSpec.Env}}")
    now = docker("service", "inspect", name, "--format", "{{json .Spec.TaskTemplate.ContainerSpec.Env}}")
    if LOST in docker("service", "inspect", name, "--format", "{{json .Spec.Labels}}"):
        said = '["WORD=one"]'
    assert (said, now) == ('["WORD=one"]', '["WORD=two"]')


@contextmanager
def _availability(docker: Docker, node: str, availability: str) -> Iterator[None]:
    docker("node", "update", "--availability", availability, node)
    try:
        yield
    finally:
        docker("node", "update", "--availability", "active", node)
