"""Keys that engines came to know with time: honoured where the engine does. Where it doesn't, a service runs without
what it can do without, and the rest is refused in words, with nothing written. And networks, which each engine reads
back in its own way."""

from __future__ import annotations

import pytest

from reconciler.swarm import Swarm
from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

pytestmark = pytest.mark.each_engine

LEFT_OUT = {
    "services.runs.healthcheck.start_interval": "25.0",
    "services.runs.oom_score_adj": "27.0",
}
REFUSED = {
    "services.idle.volumes.0.volume.subpath": "26.0",
    "services.idle.volumes.1.type": "23.0",
    "services.idle.volumes.2.type": "23.0",
}
RUNS = """
healthcheck: {test: [CMD, "true"], interval: 1h, start_period: 1h, start_interval: 300ms}
oom_score_adj: 7
"""
IDLE = """
deploy: {replicas: 0}
volumes:
  - {type: volume, source: data, target: /data, volume: {subpath: inner}}
  - {type: cluster, source: data, target: /cluster}
  - {type: cluster, source: "group:g", target: /group}
"""
NETWORKS = """
networks:
  options:
    driver_opts: {com.docker.network.driver.mtu: "1400"}
    ipam:
      driver: default
      options: {a: b}
      config:
        - {subnet: 10.199.0.0/24, ip_range: 10.199.0.128/25, gateway: 10.199.0.7, aux_addresses: {host: 10.199.0.9}}
    x-reconciler: {replace: true}
  six: {enable_ipv6: true, x-reconciler: {replace: true}}
  six-subnet:
    enable_ipv6: true
    ipam: {config: [{subnet: 10.198.0.0/24}, {subnet: "fd00:198::/64"}]}
    x-reconciler: {replace: true}
"""


def newer_than(here: int, keys: dict[str, str]) -> dict[str, str]:
    """Those of ``keys`` that need an engine newer than ``here``."""
    return {key: version for key, version in keys.items() if float(version) > here}


def test_keys_that_the_engine_may_be_too_old_for(program: Program, stack: str, docker: Docker, swarm: Swarm) -> None:
    services = {"runs": service(extra=RUNS), "idle": service(extra=IDLE)}
    program.write("app.yaml", compose(stack, services, "volumes: {data: {}}"))
    engine = swarm.observe().engine
    here = int(engine.version.split(".")[0])
    if refused := newer_than(here, REFUSED):
        planned = program.json("plan", expect=65)
        said = [error["message"] for error in planned["errors"]]
        assert {each["cause"] for each in planned["held"]} == {"EngineTooOld"}
        assert sorted(said) == sorted(f"{key} needs engine {version}" for key, version in refused.items())
        idle = next(each for each in program.json("apply", expect=65)["services"] if each["name"] == f"{stack}_idle")
        assert (idle["verdict"], idle["cause"]) == ("Degraded", "EngineTooOld")
        assert "Update the engine" in "\n".join(program.json("explain", f"{stack}_idle")["what_to_do"])
        assert docker("stack", "services", stack, "--quiet") == ""
        soon = RUNS.replace("interval: 1h", "interval: 1s", 1)  # without start_interval the first check is that late
        program.write("app.yaml", compose(stack, {"runs": service(extra=soon)}))
        assert program.json("apply")["verdict"] == "Ready"
        plan = program.json("plan")
        assert plan["actions"] == []
        assert {warning["message"] for warning in plan["warnings"]} == {
            f"{key} isn't honoured: it needs engine {version}" for key, version in newer_than(here, LEFT_OUT).items()
        }
        return
    assert program.json("apply")["verdict"] == "Ready"  # the first check after an interval would come too late
    assert program.json("plan")["actions"] == []
    container = until(lambda: docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={stack}_runs"))
    known = "services.runs.oom_score_adj" not in newer_than(here, LEFT_OUT)
    assert docker("exec", container, "cat", "/proc/1/oom_score_adj") == ("7" if known else "0")
    mounts = swarm.observe().services[f"{stack}_idle"].spec["TaskTemplate"]["ContainerSpec"]["Mounts"]
    assert [mount["Type"] for mount in mounts] == ["volume", "cluster", "cluster"]
    assert mounts[0]["VolumeOptions"]["Subpath"] == "inner"


def test_networks_are_made_once(program: Program, stack: str, docker: Docker) -> None:
    """Also where the engine adds to their options, leaves some out, or can't serve their subnets (28.5: IPv6 ones)."""
    attached = service(extra="deploy: {replicas: 0}\nnetworks: [options, six, six-subnet]")
    program.write("app.yaml", compose(stack, {"a": attached}, NETWORKS))
    program("apply")
    before = docker("network", "ls", "--quiet", "--filter", f"label=com.docker.stack.namespace={stack}")
    assert program.json("plan")["actions"] == []
    program("apply")
    assert docker("network", "ls", "--quiet", "--filter", f"label=com.docker.stack.namespace={stack}") == before


def test_options_of_the_resolver_reach_the_tasks(program: Program, stack: str, docker: Docker) -> None:
    """Every engine knows them, but docker's client doesn't."""
    program.write("app.yaml", compose(stack, {"a": service(extra='dns_opt: ["timeout:3"]')}))
    assert program.json("apply")["verdict"] == "Ready"
    assert program.json("plan")["actions"] == []
    container = until(lambda: docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={stack}_a"))
    assert "timeout:3" in docker("exec", container, "cat", "/etc/resolv.conf")
