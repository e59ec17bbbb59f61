"""Networks that are replaced, ports that are swapped, and names that somebody else has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

BACK = "networks: [back]"
JOB = "deploy: {mode: replicated-job, restart_policy: {condition: none}}"
AFTER_DB = f"{BACK}\ndepends_on: [db]\n{JOB}"
AFTER_JOB = f"{BACK}\ndepends_on: {{migrate: {{condition: service_completed_successfully}}}}"


def _net(options: str = "") -> str:
    return f"networks: {{back: {{driver: overlay, attachable: true, x-reconciler: {{replace: true}}{options}}}}}"


def _chain(program: Program, stack: str, options: str = "") -> None:
    services = {
        "db": service(extra=BACK),
        "migrate": service("true", AFTER_DB),
        "web": service(extra=AFTER_JOB),
    }
    program.write("app.yaml", compose(stack, services, _net(options)))


def test_a_network_is_replaced_around_a_job_that_doesnt_run_again(program: Program, stack: str, docker: Docker) -> None:
    _chain(program, stack)
    program("apply")
    before = docker("network", "inspect", f"{stack}_back", "--format", "{{.Id}}")
    _chain(program, stack, ', driver_opts: {encrypted: "true"}')
    plan = program("plan")
    assert f"stopped meanwhile: {stack}_db, {stack}_migrate, {stack}_web" in " ".join(plan.split())
    assert program.json("apply")["verdict"] == "Ready"
    now = docker("network", "inspect", f"{stack}_back", "--format", "{{.Id}}")
    assert now != before
    for name in ("db", "web"):
        template = "{{range .Spec.TaskTemplate.Networks}}{{.Target}}{{end}} {{.Spec.Mode.Replicated.Replicas}}"
        assert docker("service", "inspect", f"{stack}_{name}", "--format", template) == f"{now} 1"
    assert len(docker("service", "ps", f"{stack}_migrate", "--quiet").split()) == 1
    assert program.json("apply")["actions"] == []


def test_what_a_killed_process_had_stopped_is_started_by_the_next(program: Program, stack: str, docker: Docker) -> None:
    _chain(program, stack)
    program("apply")
    _chain(program, stack, ', driver_opts: {encrypted: "true"}')
    replicas = ("service", "inspect", f"{stack}_db", "--format", "{{.Spec.Mode.Replicated.Replicas}}")
    with program.started("apply") as process:
        until(lambda: docker(*replicas) == "0", what="the database is stopped")
        process.kill()
        process.wait()
    assert program.json("apply")["verdict"] == "Ready"
    assert docker(*replicas) == "1"


def _a_container(docker: Docker, stack: str) -> Callable[[], object]:
    guest = docker("run", "--detach", "--network", f"{stack}_back", "busybox:latest", "sleep", "1000")
    return lambda: docker("rm", "--force", guest)


def _a_service(docker: Docker, stack: str) -> Callable[[], object]:
    arguments = ("--detach", "--network", f"{stack}_back", "--name", f"{stack}alien", "--endpoint-mode", "dnsrr")
    docker("service", "create", *arguments, "busybox:latest", "sleep", "1000")
    return lambda: docker("service", "rm", f"{stack}alien")


@pytest.mark.parametrize("user", [_a_container, _a_service])
def test_nothing_is_detached_while_somebody_else_uses_the_network(
    program: Program, stack: str, docker: Docker, user: Callable[[Docker, str], Callable[[], object]]
) -> None:
    program.write("app.yaml", compose(stack, {"db": service(extra=BACK)}, _net()))
    program("apply")
    version = docker("service", "inspect", f"{stack}_db", "--format", "{{.Version.Index}}")
    remove = user(docker, stack)
    program.write("app.yaml", compose(stack, {"db": service(extra=BACK)}, _net(", internal: true")))
    try:
        said = program.json("apply", expect=1)
        (held,) = [each for each in said["held"] if each["kind"] == "network"]
        assert held["why"] == "InUse"
        assert "container" in held["reason"] or f"service {stack}alien" in held["reason"]
        assert said["verdict"] == "Waiting"
        assert docker("service", "inspect", f"{stack}_db", "--format", "{{.Version.Index}}") == version
        program.json("status", expect=1)
    finally:
        remove()
    assert program.json("apply")["verdict"] == "Ready"
    assert docker("network", "inspect", f"{stack}_back", "--format", "{{.Internal}}") == "true"


def _publishing(program: Program, stack: str, **ports: int) -> None:
    services = {
        name: service(extra=f"ports: ['{number}:80']\ndeploy: {{replicas: 1}}") for name, number in ports.items()
    }
    program.write("app.yaml", compose(stack, services))


def test_ports_are_swapped_and_go_round(program: Program, stack: str, docker: Docker) -> None:
    for ports in (
        {"a": 18080, "b": 18081, "c": 18082},
        {"a": 18081, "b": 18080, "c": 18082},
        {"a": 18080, "b": 18082, "c": 18081},
        {"b": 18080, "d": 18082, "c": 18081},
    ):
        _publishing(program, stack, **ports)
        assert program.json("apply")["verdict"] == "Ready"
        for name, number in ports.items():
            template = "{{range .Endpoint.Ports}}{{.PublishedPort}}{{end}}"
            assert docker("service", "inspect", f"{stack}_{name}", "--format", template) == str(number)
    assert program.json("plan")["actions"] == []


def test_a_port_and_a_name_that_somebody_else_has_are_named_at_once(
    program: Program, stack: str, docker: Docker
) -> None:
    arguments = ("--detach", "--publish", "18090:80", "--name", f"{stack}alien")
    docker("service", "create", *arguments, "busybox:latest", "sleep", "1000")
    docker("network", "create", "--driver", "bridge", f"{stack}_default")
    try:
        _publishing(program, stack, a=18090)
        assert "is a local bridge network" in program.json("plan", expect=1)["warnings"][0]["message"]
        assert f"network with name {stack}_default already exists" in _why(program)
    finally:
        docker("network", "rm", f"{stack}_default")
    assert f"port 18090/tcp is already in use by service {stack}alien" in _why(program)
    docker("service", "rm", f"{stack}alien")
    assert program.json("apply")["verdict"] == "Ready"


def _why(program: Program) -> str:
    (state,) = program.json("status", expect=1)["services"]
    assert state["verdict"] == "Degraded"
    return str(state["reason"])


def test_an_external_network_that_is_a_local_bridge_is_told_from_one_that_is_missing(
    program: Program, stack: str, docker: Docker
) -> None:
    docker("network", "create", "--driver", "bridge", f"{stack}lan")
    try:
        lan = f"networks: {{web: {{external: true, name: {stack}lan}}}}"
        program.write("app.yaml", compose(stack, {"a": service(extra="networks: [web]")}, lan))
        assert f"{stack}lan is a local bridge network" in _why(program)
    finally:
        docker("network", "rm", f"{stack}lan")
