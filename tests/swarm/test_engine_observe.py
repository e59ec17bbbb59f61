"""The Snapshot, taken of a real Swarm."""

from __future__ import annotations

import time

import pytest

from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.swarm import Swarm
from tests.machine import slowness
from tests.swarm import specs
from tests.swarm.cli import Docker
from tests.swarm.waiting import until


def newest(snapshot: Snapshot, service: str) -> Task | None:
    return next(iter(snapshot.tasks.get(snapshot.services[service].id, ())), None)


def in_state(swarm: Swarm, service: str, state: TaskState) -> Task:
    def reached() -> Task | None:
        tasks = (found := swarm.observe()).tasks.get(found.services[service].id, ())
        return next((task for task in tasks if task.state is state), None)

    return until(reached, what=f"a task of {service} is {state}")


def test_the_engine_tells_who_it_is_and_since_when(swarm: Swarm, docker: Docker) -> None:
    engine = swarm.observe().engine
    assert engine.node_id == docker("info", "--format", "{{.Swarm.NodeID}}")
    assert engine.version == docker("version", "--format", "{{.Server.Version}}")
    assert engine.started_at is not None
    assert time.time() - 86400 < engine.started_at < time.time()


@pytest.mark.each_engine
def test_specs_have_names_in_place_of_ids(swarm: Swarm, stack: str) -> None:
    swarm.create_network(specs.network(stack, "net"))
    swarm.create_config(specs.content(stack, "conf"), b"hello")
    swarm.create_secret(specs.content(stack, "key"), b"hush")
    at = {"UID": "0", "GID": "0", "Mode": 292}
    container = {
        "Configs": [{"ConfigName": f"{stack}_conf", "File": {"Name": "/conf", **at}}],
        "Secrets": [{"SecretName": f"{stack}_key", "File": {"Name": "key", **at}}],
    }
    networks = [{"Target": f"{stack}_net", "Aliases": ["a"]}]
    swarm.create_service(specs.service(stack, "a", ContainerSpec=container, Networks=networks))
    task = in_state(swarm, f"{stack}_a", TaskState.RUNNING)
    snapshot = swarm.observe()
    service = snapshot.services[f"{stack}_a"]
    for spec in (service.spec["TaskTemplate"], task.spec, swarm.service(service.id).spec["TaskTemplate"]):
        assert spec["Networks"] == networks
        assert spec["ContainerSpec"]["Configs"] == container["Configs"]
        assert spec["ContainerSpec"]["Secrets"] == container["Secrets"]
    assert snapshot.configs[f"{stack}_conf"].data == b"hello"
    assert "Data" not in snapshot.configs[f"{stack}_conf"].spec
    assert snapshot.networks[f"{stack}_net"].spec["Scope"] == "swarm"

    changed = specs.service(stack, "a", "exec sleep 2000", ContainerSpec=container)
    swarm.update_service(service, changed)
    previous = swarm.observe().services[f"{stack}_a"].previous_spec
    assert previous is not None
    assert previous["TaskTemplate"]["Networks"] == networks


def test_a_predefined_network_has_its_name_although_no_list_tells_its_id(swarm: Swarm, stack: str) -> None:
    swarm.create_service(specs.service(stack, "a", Networks=[{"Target": "host"}]))
    task = in_state(swarm, f"{stack}_a", TaskState.RUNNING)
    assert task.spec["Networks"] == [{"Target": "host"}]
    assert {"host", "none"} <= swarm.observe().networks.keys()


def test_a_local_network_isnt_swarms(swarm: Swarm, stack: str, docker: Docker) -> None:
    docker("network", "create", f"{stack}_local")
    try:
        assert f"{stack}_local" not in swarm.observe().networks
    finally:
        docker("network", "rm", f"{stack}_local")


@pytest.mark.each_engine
def test_a_dead_task_tells_its_exit_code_error_and_last_words(swarm: Swarm, stack: str) -> None:
    swarm.create_service(
        specs.service(stack, "a", "echo one; echo two; echo three >&2; exit 3", RestartPolicy={"Condition": "none"})
    )
    task = in_state(swarm, f"{stack}_a", TaskState.FAILED)
    assert task.exit_code == 3
    assert "non-zero exit (3)" in task.error
    assert set(swarm.logs(task.id)) == {"one", "two", "three"}
    assert len(swarm.logs(task.id, lines=2)) == 2
    assert task.created_at <= task.status_at


def test_tasks_come_newest_first_and_a_seen_time_lasts_as_long_as_its_task(swarm: Swarm, stack: str) -> None:
    name = f"{stack}_a"
    swarm.create_service(specs.service(stack, "a"))
    first = in_state(swarm, name, TaskState.RUNNING)
    before = swarm.observe()
    assert before.watching_since <= before.seen[first.id] <= before.at

    changed = specs.service(stack, "a", ContainerSpec={"Env": ["A=1"]})
    swarm.update_service(before.services[name], changed)

    def replaced() -> Snapshot | None:
        snapshot = swarm.observe()
        task = newest(snapshot, name)
        return snapshot if task and task.id != first.id and task.state is TaskState.RUNNING else None

    after = until(replaced, what="the second task runs")
    tasks = after.tasks[after.services[name].id]
    assert [task.created_at for task in tasks] == sorted((task.created_at for task in tasks), reverse=True)
    assert first.id not in after.seen
    assert after.seen[tasks[0].id] > before.seen[first.id]
    assert swarm.observe().seen[tasks[0].id] == after.seen[tasks[0].id]
    assert after.watching_since == before.watching_since


def test_a_job_counts_its_runs(swarm: Swarm, stack: str) -> None:
    job = specs.service(stack, "job", "exit 0", RestartPolicy={"Condition": "none"})
    job["Mode"] = {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}}
    del job["EndpointSpec"]
    swarm.create_service(job)
    task = in_state(swarm, f"{stack}_job", TaskState.COMPLETE)
    service = swarm.observe().services[f"{stack}_job"]
    assert task.exit_code == 0
    assert service.iteration == task.iteration
    assert service.iteration is not None


def test_nobody_knows_the_digest_of_an_image_without_a_registry(swarm: Swarm) -> None:
    began = time.monotonic()
    resolution = swarm.resolve("localhost:1/nothing:here")
    assert time.monotonic() - began < 4 * slowness()
    assert resolution.digest is None
    assert "localhost:1/nothing:here" in resolution.reason
    assert swarm.digest("localhost:1/nothing:here") is None


@pytest.mark.parametrize("lines", [1, 5])
def test_logs_of_a_terminal_are_plain(swarm: Swarm, stack: str, lines: int) -> None:
    swarm.create_service(specs.service(stack, "a", "printf 'x\\377y\\n'; exec sleep 1000", ContainerSpec={"TTY": True}))
    task = in_state(swarm, f"{stack}_a", TaskState.RUNNING)
    assert until(lambda: swarm.logs(task.id, lines), what="a line of log") == ("x\N{REPLACEMENT CHARACTER}y",)
