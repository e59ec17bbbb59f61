"""Taking a stack down, and writing what runs as a file that adopts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, Report, compose, service
from tests.swarm.waiting import until

REST = """
networks: {net: {}}
configs: {conf: {content: one}}
secrets: {made: {x-reconciler: {generate: true}}}
volumes: {data: {}}
"""
USES = "networks: [net]\nconfigs: [conf]\nsecrets: [made]\nvolumes: ['data:/data']"


def test_down_removes_dependents_first_and_keeps_data_unless_it_is_named(
    program: Program, stack: str, docker: Docker
) -> None:
    services = {"db": service(extra=USES), "web": service(extra="networks: [net]\ndepends_on: [db]")}
    program.write("app.yaml", compose(stack, services, REST))
    program.write("other.yaml", compose(f"{stack}o", {"stays": service()}))
    program("apply")
    program("down", stack, expect=64)
    assert docker("stack", "services", stack, "--quiet")

    said = program.json("down", stack, "--yes")
    assert said["removed"][:2] == [f"service {stack}_web", f"service {stack}_db"]
    assert f"network {stack}_net" in said["removed"]
    assert list(said["kept"]) == [f"secret {stack}_made"]
    assert said["left"] == []
    assert not docker.succeeds("network", "inspect", f"{stack}_net")
    assert docker.succeeds("volume", "inspect", f"{stack}_data")
    assert docker("stack", "services", f"{stack}o", "--quiet")

    again = program.json("down", stack, "--yes", "--volumes", f"{stack}_data")
    assert again["removed"] == [f"volume {stack}_data"]
    assert not docker.succeeds("volume", "inspect", f"{stack}_data")
    program("apply")  # the file is still there: it comes back, with the secret that it had


def test_down_tells_what_stays_of_a_stack_that_was_adopted(program: Program, stack: str, docker: Docker) -> None:
    text = compose(stack, {"web": service(extra="networks: [net]")}, "networks: {net: {}}")
    program.write(f"{stack}.yaml", text.replace(f"name: {stack}\n", "version: '3.8'\n"))
    docker.deploy(program.desired / f"{stack}.yaml", stack)
    program("apply")

    said = program.json("down", stack, "--yes")
    assert said["removed"] == [f"service {stack}_web"]
    why = f"stays, for it isn't labelled as ours: `docker network rm {stack}_net` removes it"
    assert (said["kept"], said["left"]) == ({f"network {stack}_net": why}, [])
    docker("network", "rm", f"{stack}_net")


@pytest.mark.each_engine
def test_a_network_that_a_container_holds_is_removed_once_and_made_anew_when_it_is_free(
    program: Program, stack: str, docker: Docker
) -> None:
    stubborn = service("trap '' TERM; sleep 1000", extra="networks: [net]")
    stubborn = stubborn.replace("period: 1s", "period: 1h")
    text = compose(stack, {"slow": stubborn}, "networks: {net: {}}")
    program.write("other.yaml", compose(f"{stack}o", {"a": service(), "b": service()}))
    with program.loop() as loop:
        file = program.write("app.yaml", text)
        loop.report(lambda report: report["verdict"] == "Ready" and len(report["services"]) == 3)
        since = len(loop.reports)
        file.unlink()
        loop.report(lambda report: bool(_of(report, f"network {stack}_net", "remove", "changed")), since)
        passes = len(loop.reports)
        for number in range(3):  # passes go on while the network is on its way out
            seen = len(loop.reports)
            program.write(f"note-{number}.txt", "x")
            loop.report(lambda report: True, seen)
        assert f"{stack}_net" in docker("network", "ls", "--format", "{{.Name}}").split()
        program.write("app.yaml", compose(stack, {"slow": service(extra="networks: [net]")}, "networks: {net: {}}"))
        waiting = loop.report(lambda report: bool(_of(report, f"network {stack}_net", "create", "waiting")), since)
        (action,) = _of(waiting, f"network {stack}_net", "create", "waiting")
        assert (action["cause"], action["facts"]["object"]) == ("ObjectLeaving", f"network {stack}_net")
        docker("kill", *docker("ps", "--quiet", "--filter", f"name={stack}_slow").split())
        loop.report(lambda report: report["verdict"] == "Ready" and len(report["services"]) == 3, passes)
        removals = [_of(report, f"network {stack}_net", "remove", "changed") for report in loop.reports]
        assert len([each for each in removals if each]) == 1
        assert all(report["verdict"] != "Degraded" for report in loop.reports[since:])


def _of(report: Report, name: str, verb: str, result: str) -> list[dict[str, Any]]:
    """The actions of a report that are like that."""
    wanted = (*name.split(), verb, result)
    return [
        each for each in report["actions"] if (each["kind"], each["name"], each["action"], each["result"]) == wanted
    ]


def test_down_gives_way_to_a_loop_that_would_make_it_anew(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"a": service()}))
    with program.loop() as loop:
        loop.ready()
        program("down", stack, "--yes", expect=1)


@pytest.mark.each_engine
def test_what_is_imported_plans_to_adoptions_only(program: Program, stack: str, docker: Docker, tmp_path: Path) -> None:
    other = tmp_path / "compose.yaml"
    check = "healthcheck: {test: [CMD, 'true'], interval: 300ms}"
    extra = f"{USES}\nenvironment: {{A: '1', B: '$$dollar', C: '2020-01-01'}}\n{check}"
    text = compose(
        stack, {"a": service(extra=extra), "b": service()}, REST.replace("x-reconciler: {generate: true}", "")
    )
    file = tmp_path / "secret.txt"
    file.write_text("secret")
    (tmp_path / "conf.txt").write_text("one\ntwo\n")
    text = text.replace("made: {}", "made: {file: ./secret.txt}").replace("{content: one}", "{file: ./conf.txt}")
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("name:", "x-reconciler:")))
    other.write_text(f"version: '3.8'\n{text}")
    docker.deploy(other, stack)
    until(lambda: docker("stack", "services", stack, "--format", "{{.Replicas}}").split() == ["1/1", "1/1"])
    before = docker("stack", "ps", stack, "--quiet")

    program.write("imported.yaml", program("import", "--stack", stack))
    plan = program.json("plan")
    assert {(action["action"], action["restarts_tasks"]) for action in plan["actions"]} == {("adopt", False)}
    program("apply")
    assert docker("stack", "ps", stack, "--quiet") == before
    assert program.json("plan")["actions"] == []


@pytest.mark.each_engine
def test_services_made_by_hand_are_taken_over_under_their_own_names(
    program: Program, stack: str, docker: Docker
) -> None:
    """As Dokploy's installer makes its PostgreSQL, Redis and Traefik: by ``docker service create``."""
    network = f"{stack}-network"
    docker("network", "create", "--driver", "overlay", "--attachable", network)
    shared = ("--network", network, "--constraint", "node.role==manager", "--endpoint-mode", "dnsrr", "--detach")
    postgres = ("--env", "POSTGRES_USER=dokploy", "--env", "POSTGRES_PASSWORD=amukds4wi9001583845717ad2")
    data = ("--mount", f"type=volume,source={stack}-postgres,target=/var/lib/postgresql/data")
    sleep = ("busybox:latest", "sh", "-c", "trap exit TERM; sleep 1000 & wait")
    docker("service", "create", "--name", f"{stack}-postgres", *shared, *postgres, *data, *sleep)
    redis = ("--mount", f"type=volume,source={stack}-redis,target=/data")
    docker("service", "create", "--name", f"{stack}-redis", *shared, *redis, *sleep)
    ports = ("--publish", "mode=host,published=18443,target=443", "--publish", "mode=host,published=18080,target=80")
    socket = ("--mount", "type=bind,source=/usr/share,target=/etc/dokploy,readonly", "--init")
    docker("service", "create", "--name", f"{stack}-traefik", *shared, *ports, *socket, *sleep)
    names = [f"{stack}-{name}" for name in ("postgres", "redis", "traefik")]
    until(
        lambda: docker("service", "ls", "--filter", f"name={stack}", "--format", "{{.Replicas}}").split() == ["1/1"] * 3
    )
    before = {name: docker("service", "ps", name, "--quiet") for name in names}

    program.write("dokploy.yaml", program("import", *names))
    plan = program.json("plan")
    assert {(action["action"], action["restarts_tasks"]) for action in plan["actions"]} == {("adopt", False)}
    program("apply")
    assert {name: docker("service", "ps", name, "--quiet") for name in names} == before
    assert program.json("plan")["actions"] == []


def test_import_says_what_is_wrong_with_what_it_was_asked_for(program: Program) -> None:
    program("import", expect=64)
    program("import", "--stack", "nothing-of-this-name", expect=64)
    program("import", "nothing-of-this-name", expect=64)
