"""Every command on an engine that answers as Docker 29 does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.swarm.cli import Docker
from tests.swarm.engine29 import NEWEST, OLDEST, VERSION, Engine29, engine29
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until


@pytest.fixture
def host(engines: Callable[[str], str]) -> str:
    """The newest engine there is: what stands behind the proxy."""
    return engines("sid")


@pytest.fixture
def proxy(host: str, docker: Docker, tmp_path: Path) -> Iterator[Engine29]:
    real = docker("version", "--format", "{{.Server.APIVersion}}")
    with engine29(tmp_path, host, real) as (_, proxy):
        yield proxy


@pytest.fixture
def modern(program: Program, proxy: Engine29) -> Program:
    """The program, told to use the proxy."""
    return replace(program, host=f"unix://{proxy.server_address!s}")


def test_every_command_holds(modern: Program, proxy: Engine29, stack: str, docker: Docker) -> None:
    healthy = service(extra="healthcheck: {test: [CMD, 'true'], interval: 1s}\nnetworks: [net]")
    job = service("exit 0", extra="deploy: {mode: replicated-job, restart_policy: {condition: none}}")
    modern.write("app.yaml", compose(stack, {"web": healthy, "job": job}, "networks: {net: {}}"))
    assert modern.json("validate")["errors"] == []
    assert len(modern.json("plan")["actions"]) == 4
    assert modern.json("apply")["verdict"] == "Ready"
    assert modern.json("plan")["actions"] == []
    assert modern.json("status")["verdict"] == "Ready"
    assert modern.json("explain", f"{stack}_web")["state"]["verdict"] == "Ready"
    assert modern.json("history")["entries"]
    modern.json("suspend", f"{stack}/web")
    modern.json("resume", f"{stack}/web")
    assert f"{stack}" in modern("import", "--stack", stack)
    assert modern.json("down", stack, "--yes")["left"] == []
    assert all(_number(OLDEST) <= _number(asked) <= _number(NEWEST) for asked in proxy.asked)


def test_a_loop_hears_its_events_and_heals(modern: Program, stack: str, docker: Docker) -> None:
    modern.write("app.yaml", compose(stack, {"web": service()}))
    with modern.loop(RECONCILER_INTERVAL="3600") as loop:
        loop.ready()
        docker("service", "scale", "--detach", f"{stack}_web=3")
        until(lambda: docker("service", "ls", "--filter", f"name={stack}", "--format", "{{.Replicas}}") == "1/1")
        seen = len(loop.reports)
        modern("reload", "--timeout", "120")
        assert any(report["forced"] for report in loop.reports[seen:])


def test_an_engine_that_wants_a_newer_client_is_named_with_what_to_do(
    program: Program, host: str, docker: Docker, tmp_path: Path
) -> None:
    real = docker("version", "--format", "{{.Server.APIVersion}}")
    program.write("app.yaml", compose("app", {"web": service()}))
    with engine29(tmp_path, host, real, oldest=NEWEST) as (address, _):
        said = replace(program, host=address).json("status", expect=69)["error"]
    assert f"Minimum supported API version is {NEWEST}" in said
    assert "newer reconciler" in said


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_it_is_what_it_says_to_be(proxy: Engine29) -> None:
    docker = Docker(f"unix://{proxy.server_address!s}")
    said = docker("version", "--format", "{{.Server.Version}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}}")
    assert said == f"{VERSION} {NEWEST} {OLDEST}"
