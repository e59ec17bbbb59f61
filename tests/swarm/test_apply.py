"""``apply`` and ``plan``: what is as desired is left alone, to the letter."""

from __future__ import annotations

import signal
from datetime import datetime

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

REST = """
networks:
  net: {}
volumes:
  data: {}
configs:
  conf: {content: "first"}
secrets:
  given: {content: "hunter2"}
  made: {x-reconciler: {generate: {length: 24}}}
"""
EVERYTHING = """
environment: {B: "2", A: "1"}
networks: {net: {aliases: [other]}}
volumes: ["data:/data", {type: tmpfs, target: /scratch}]
configs: [{source: conf, target: /conf}]
secrets: [given, made]
healthcheck: {test: [CMD, "true"], interval: 1s}
labels: {a.b: c}
ports: [{target: 80, published: 18080, mode: host}, {target: 81, published: 18081, mode: host}]
cap_add: [NET_ADMIN]
sysctls: {net.ipv4.ip_forward: "1"}
ulimits: {nofile: {soft: 100, hard: 200}}
dns: [10.0.0.1]
extra_hosts: ["db.local:10.0.0.5"]
logging: {driver: json-file, options: {max-size: 1m}}
deploy:
  endpoint_mode: dnsrr
  labels: {x: y}
  resources: {limits: {memory: 64m, cpus: "0.5"}, reservations: {memory: 16m}}
  restart_policy: {condition: any, delay: 1s}
  update_config: {order: stop-first, failure_action: rollback}
  placement: {constraints: [node.role == manager]}
"""


def tasks(docker: Docker, stack: str) -> str:
    return docker("stack", "ps", stack, "--quiet", "--no-trunc")


def versions(docker: Docker, stack: str) -> str:
    services = docker("stack", "services", stack, "--quiet").split()
    return docker("service", "inspect", *services, "--format", "{{.Spec.Name}} {{.Version.Index}}")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_apply_that_is_stopped_gives_the_lease_up(
    program: Program, stack: str, docker: Docker, number: signal.Signals, code: int
) -> None:
    unhealthy = 'healthcheck: {test: ["CMD", "false"], interval: 1s, retries: 1000}'
    program.write("app.yaml", compose(stack, {"never": service(extra=unhealthy)}))

    def lease() -> str:
        return docker("config", "ls", "--filter", f"name={stack}-lease", "--format", "{{.Labels}}")

    with program.started("apply") as apply:
        until(lambda: docker("service", "ls", "--quiet", "--filter", f"name={stack}_never"))
        assert f"/{apply.pid}/" in lease()
        apply.send_signal(number)
        assert apply.wait(15) == code  # what it has still to say may take the engine a while
    assert f"/{apply.pid}/" not in lease()


@pytest.mark.each_engine
def test_the_second_apply_changes_nothing(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"a": service(extra=EVERYTHING), "b": service()}, REST))
    planned = program.json("plan", "--detailed-exitcode", expect=2)
    assert planned["summary"] == {"create": 7, "update": 0, "adopt": 0, "replace": 0, "remove": 0, "unchanged": 0}
    first = program.json("apply")
    assert first["verdict"] == "Ready"
    assert first["recap"] == {"ok": 0, "changed": 7, "failed": 0, "waiting": 0}
    before = versions(docker, stack), tasks(docker, stack)
    second = program.json("apply")
    assert second["recap"] == {"ok": 7, "changed": 0, "failed": 0, "waiting": 0}
    assert second["actions"] == []
    assert program.json("plan", "--detailed-exitcode")["actions"] == []
    assert (versions(docker, stack), tasks(docker, stack)) == before
    assert "Nothing to do: 8 objects are as desired" in program("plan")


def test_what_docker_stack_made_is_adopted_without_a_restart(program: Program, stack: str, docker: Docker) -> None:
    text = compose(
        stack,
        {"a": service(extra=EVERYTHING), "b": service()},
        REST.replace("made: {x-reconciler: {generate: {length: 24}}}", ""),
    )
    text = text.replace("given, made", "given").replace('{content: "first"}', "{file: first}")
    text = text.replace('{content: "hunter2"}', "{file: given}")
    program.write("first", "first")
    program.write("given", "hunter2")
    plain = text.replace(f"name: {stack}\n", 'version: "3.8"\n')
    program.write(".plain.yml", plain)
    docker.deploy(program.desired / ".plain.yml", stack)
    until(lambda: "1/1 1/1" in " ".join(docker("stack", "services", stack, "--format", "{{.Replicas}}").split()))
    program.write("app.yaml", text)
    before = tasks(docker, stack)
    plan = program.json("plan")
    assert {action["action"] for action in plan["actions"]} == {"adopt"}
    assert not any(action["restarts_tasks"] for action in plan["actions"])
    assert program.json("apply")["verdict"] == "Ready"
    assert tasks(docker, stack) == before
    assert program.json("plan")["actions"] == []


def test_secret_values_show_up_nowhere(program: Program, stack: str, docker: Docker) -> None:
    script = "cat /run/secrets/made > /made; exec sleep 1000"
    program.write("app.yaml", compose(stack, {"a": service(script, "secrets: [given, made]")}, REST))
    said = [program("plan", "--output", "json"), program("apply", "--output", "json"), program("render")]
    container = until(lambda: docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={stack}_a"))
    made = docker("exec", container, "cat", "/made")
    assert len(made) == 24
    assert made.isalnum()
    said += [program("status"), docker("secret", "inspect", f"{stack}_given", f"{stack}_made")]
    assert not any("hunter2" in text or made in text for text in said)


def test_a_changed_config_rolls_its_services_over_and_the_old_one_goes(
    program: Program, stack: str, docker: Docker
) -> None:
    extra = "configs: [{source: conf, target: /conf}]"
    program.write("app.yaml", compose(stack, {"a": service(extra=extra)}, "configs: {conf: {content: one}}"))
    program.json("apply")
    program.write("app.yaml", compose(stack, {"a": service(extra=extra)}, "configs: {conf: {content: two}}"))
    assert program.json("apply")["verdict"] == "Ready"
    container = docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={stack}_a")
    assert docker("exec", container, "cat", "/conf") == "two"
    program.write("app.yaml", compose(stack, {"a": service(extra=extra)}, "configs: {conf: {content: three}}"))
    program.json("apply")
    assert program.json("apply")["verdict"] == "Ready"
    left = docker("config", "ls", "--format", "{{.Name}}", "--filter", f"label=com.docker.stack.namespace={stack}")
    assert len(left.split()) == 2, "with the one that a rollback needs"
    assert all(name.startswith(f"{stack}_conf-") for name in left.split())


def test_services_wait_for_the_health_of_what_they_need(program: Program, stack: str, docker: Docker) -> None:
    slow = service(
        "sleep 3; touch /ok; exec sleep 1000", "healthcheck: {test: [CMD, ls, /ok], interval: 500ms, retries: 30}"
    )
    needs = service(extra="depends_on: {slow: {condition: service_healthy}}")
    program.write("app.yaml", compose(stack, {"needs": needs, "slow": slow}))
    assert program.json("apply")["verdict"] == "Ready"
    healthy_at = int(docker("exec", _container(docker, f"{stack}_slow"), "stat", "-c", "%Y", "/ok"))
    created = docker("inspect", "--format", "{{.Created}}", _container(docker, f"{stack}_needs"))
    assert datetime.fromisoformat(created[:19] + "+00:00").timestamp() >= healthy_at


def _container(docker: Docker, service: str) -> str:
    return docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={service}")
