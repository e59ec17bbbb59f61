"""``x-reconciler``: whose setting counts, what ``on_failure`` chooses, stacks that depend on stacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.compose import Reading, read
from reconciler.desired.model import Condition, Dependency, Options, Probe, Service


def lowered(root: Path, defaults: Options | None = None, **files: str) -> Reading:
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(text)
    found = read(root, {}, defaults=defaults or Options())
    assert found.faults == ()
    return found


def web(root: Path, service: str, top: str = "", defaults: Options | None = None) -> Service:
    (stack,) = lowered(root, defaults, app=f"services: {{web: {{image: a, {service}}}}}\n{top}").stacks
    return stack.services[0]


def test_a_service_goes_before_its_stack_and_that_before_the_loop(tmp_path: Path) -> None:
    service = web(
        tmp_path,
        "x-reconciler: {min_task_age: 1s}",
        "x-reconciler: {min_task_age: 2s, ready_timeout: 2m}",
        Options(min_task_age=3, ready_timeout=3, progress_deadline=3),
    )
    found = service.options.min_task_age, service.options.ready_timeout, service.options.progress_deadline
    assert found == (1, 120, 3)


@pytest.mark.parametrize(
    ("text", "probe"),
    [
        ("tcp: 6379", Probe(tcp=6379)),
        ("http: {port: 80, path: /up, status: 204}", Probe(http_port=80, http_path="/up", http_status=204)),
        (
            "exec: redis-cli ping, interval: 2s, timeout: 1s, retries: 1",
            Probe(0, 0, "/", 0, ("redis-cli", "ping"), 2, 1, 1),
        ),
    ],
)
def test_probes(tmp_path: Path, text: str, probe: Probe) -> None:
    assert web(tmp_path, f"x-reconciler: {{probe: {{{text}}}}}").options.probe == probe


CHOSEN: dict[str, Any] = {"Parallelism": 1, "FailureAction": "rollback", "Monitor": 10 * 10**9, "Order": "start-first"}


def test_on_failure_chooses_how_to_roll_out_where_the_file_doesnt(tmp_path: Path) -> None:
    service = web(tmp_path, "x-reconciler: {on_failure: rollback}")
    assert service.spec["UpdateConfig"] == CHOSEN
    assert service.spec["RollbackConfig"] == {**CHOSEN, "FailureAction": "pause"}
    (note,) = service.notes
    assert note.startswith(
        "update_config chosen by on_failure: start-first, rollback when a new task fails within 10 s"
    )


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("ports: [{target: 80, published: 8080, mode: host}]", "one task at a time can hold port 8080 of the host"),
        ("volumes: ['data:/data']", "one task at a time should write app_data"),
        ("volumes: ['/srv:/data']", "one task at a time should write /srv"),
        ("deploy: {placement: {max_replicas_per_node: 1}}", "max_replicas_per_node, 1, may leave no room for one more"),
    ],
)
def test_what_two_tasks_cant_share_is_rolled_out_stop_first(tmp_path: Path, service: str, why: str) -> None:
    found = web(tmp_path, service, "volumes: {data: {}}\nx-reconciler: {on_failure: pause}")
    assert (found.spec["UpdateConfig"]["Order"], found.spec["UpdateConfig"]["FailureAction"]) == ("stop-first", "pause")
    assert "RollbackConfig" not in found.spec
    assert f"({why})" in found.notes[0]


@pytest.mark.parametrize(
    "service",
    [
        "volumes: ['data:/data:ro', '/var/run/docker.sock:/var/run/docker.sock', /anonymous]",
        "ports: ['8080:80', {target: 80, mode: host}]",
        "volumes: [{type: tmpfs, target: /tmp}]",
    ],
)
def test_what_two_tasks_can_share_is_rolled_out_start_first(tmp_path: Path, service: str) -> None:
    found = web(tmp_path, service, "volumes: {data: {}}\nx-reconciler: {on_failure: continue}")
    assert found.spec["UpdateConfig"]["Order"] == "start-first"


def test_a_task_is_watched_until_it_comes_of_age(tmp_path: Path) -> None:
    found = web(tmp_path, "x-reconciler: {on_failure: rollback, min_task_age: 30s}")
    assert found.spec["UpdateConfig"]["Monitor"] == 30 * 10**9


def test_a_plain_file_is_what_docker_stack_makes_of_it(tmp_path: Path) -> None:
    found = web(tmp_path, "x-reconciler: {min_task_age: 30s}")
    assert not {"UpdateConfig", "RollbackConfig"} & found.spec.keys()
    assert found.notes == ()


@pytest.mark.parametrize(
    ("service", "warned"),
    [
        (
            "deploy: {update_config: {parallelism: 2}}, x-reconciler: {on_failure: pause}",
            "deploy.update_config says how",
        ),
        ("deploy: {mode: replicated-job}, x-reconciler: {on_failure: pause}", "a job isn't rolled out"),
        ("deploy: {update_config: {parallelism: 2}}", ""),
        ("deploy: {mode: replicated-job}", ""),
    ],
)
def test_on_failure_changes_no_update_config_of_the_file_and_no_job(tmp_path: Path, service: str, warned: str) -> None:
    found = lowered(tmp_path, app=f"services: {{web: {{image: a, {service}}}}}\nx-reconciler: {{on_failure: rollback}}")
    assert "FailureAction" not in found.stacks[0].services[0].spec.get("UpdateConfig", {})
    assert [warned] == [fault.hint[: len(warned)] for fault in found.warnings] or not (warned or found.warnings)


def test_rolling_back_start_first_with_a_port_of_the_host_is_a_warning(tmp_path: Path) -> None:
    port = "ports: [{target: 80, published: 80, mode: host}]"
    found = lowered(
        tmp_path, app=f"services: {{web: {{image: a, {port}, deploy: {{rollback_config: {{order: start-first}}}}}}}}"
    )
    assert "may never end" in found.warnings[0].message


def test_each_service_of_a_stack_waits_for_each_of_the_stacks_it_depends_on(tmp_path: Path) -> None:
    base = "services: {db: {image: a}, redis: {image: a}}"
    app = """
services:
  web: {image: a, depends_on: [api]}
  api: {image: a, x-reconciler: {depends_on: {base_db: {condition: service_started}}}}
x-reconciler: {depends_on: [base]}
"""
    found = lowered(tmp_path, base=base, app=app)
    needs = {service.key: service.depends_on for stack in found.stacks for service in stack.services}
    db, redis = (Dependency(f"base_{name}", Condition.HEALTHY) for name in ("db", "redis"))
    assert needs["web"] == (Dependency("app_api", Condition.STARTED), db, redis)
    assert needs["api"] == (Dependency("base_db", Condition.STARTED), redis)
    assert needs["db"] == needs["redis"] == ()
    assert all(not dependency for stack in found.chosen.values() for dependency in stack.services[-1].depends_on[1:])


def test_stacks_that_depend_on_each_other_are_a_fault(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        text = f"services: {{web: {{image: a}}}}\nx-reconciler: {{depends_on: [{other}]}}"
        (tmp_path / f"{name}.yaml").write_text(text)
    assert "go round in a circle: a_web → b_web → a_web" in read(tmp_path, {}).faults[0].message


def test_a_stack_that_needs_one_that_may_be_missing(tmp_path: Path) -> None:
    text = "services: {web: {image: a}}\nx-reconciler: {depends_on: {none: {required: false}}}"
    assert lowered(tmp_path, a=text).stacks[0].services[0].depends_on == ()
