"""Killing the loop, and restarting the engine, at any moment loses nothing."""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from reconciler.observed.model import Snapshot
from reconciler.swarm import Swarm
from tests.machine import slowness
from tests.swarm.cli import Docker
from tests.swarm.engines import PrivateEngine, private_engine
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

CHECK = "healthcheck: {test: [CMD, 'true'], interval: 500ms}"
FILE = {
    "db": service(extra=f"{CHECK}\nnetworks: [net]\nsecrets: [made]"),
    "one": service(extra=f"{CHECK}\ndepends_on: {{db: {{condition: service_healthy}}}}\nnetworks: [net]"),
    "two": service(extra=f"{CHECK}\ndepends_on: {{one: {{condition: service_healthy}}}}\nconfigs: [conf]"),
    "three": service(extra=f"{CHECK}\ndepends_on: {{two: {{condition: service_healthy}}}}"),
    "app": service(extra="depends_on: {three: {condition: service_healthy}}\nnetworks: [net]\nconfigs: [conf]"),
    "free": service(),
}
"""A chain, so that its first convergence takes longer than all the kills together."""
REST = "networks: {net: {}}\nconfigs: {conf: {content: one}}\nsecrets: {made: {x-reconciler: {generate: true}}}"


def shape(snapshot: Snapshot, stack: str) -> dict[str, Any]:
    """The Swarm's objects of a stack, as far as two convergences should give the same."""

    def own(objects: Any) -> dict[str, Any]:
        labels = "com.docker.stack.namespace"
        return {
            name.replace(stack, "S"): {key: item for key, item in each.spec.items() if key not in {"Name", "Labels"}}
            for name, each in objects.items()
            if (each.spec.get("Labels") or {}).get(labels) == stack
        }

    running = [
        task.slot
        for service in snapshot.services.values()
        if service.name.startswith(stack)
        for task in snapshot.tasks.get(service.id, ())
        if task.desired_state == "running"
    ]
    services = own(snapshot.services)
    return {
        "services": {name: str(spec).replace(stack, "S") for name, spec in services.items()},
        "networks": sorted(own(snapshot.networks)),
        "configs": sorted(own(snapshot.configs)),
        "secrets": sorted(own(snapshot.secrets)),
        "running": len(running),
    }


def test_a_loop_killed_at_ten_moments_of_a_first_convergence_ends_in_the_same_swarm(
    program: Program, stack: str, swarm: Swarm
) -> None:
    program.write("app.yaml", compose(stack, FILE, REST))
    rng = random.Random(2)
    for _ in range(10):
        with program.loop() as loop:
            with suppress(subprocess.TimeoutExpired):
                loop.process.wait(rng.uniform(0.4, 1.0))
            loop.process.send_signal(signal.SIGKILL)
    with program.loop() as loop:
        loop.ready()
        loop.report(lambda report: report["verdict"] == "Ready" and not report["actions"])
    killed = shape(swarm.observe(), stack)
    undisturbed = f"{stack}u"
    other = Program(program.host, undisturbed, program.desired.with_name("other"))
    other.desired.mkdir()
    other.write("app.yaml", compose(undisturbed, FILE, REST))
    other.json("apply")
    assert killed == shape(swarm.observe(), undisturbed)


@pytest.fixture
def engine() -> Iterator[PrivateEngine]:
    with private_engine("restarts") as engine:
        yield engine


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "killed"])
def test_an_engine_restarted_under_the_loop(engine: PrivateEngine, tmp_path: Path, crash: bool) -> None:
    name = "app"
    program = Program(engine.host, name, tmp_path / "desired")
    program.desired.mkdir()
    program.write("app.yaml", compose(name, {"a": service(), "b": service()}))
    docker = Docker(engine.host)
    with program.loop() as loop:
        loop.ready()
        before = set(docker("ps", "--quiet", "--no-trunc").split())
        seen = len(loop.reports)
        if crash:
            engine.kill()
        else:
            engine.stop()
        lost = loop.report(lambda report: report["verdict"] == "Unknown", since=seen)
        assert {each["cause"] for each in lost["services"]} == {"EngineUnavailable"}
        assert lost["engine_error"]
        seen = len(loop.reports)
        engine.start()
        back = loop.report(lambda report: report["verdict"] == "Ready", since=seen, deadline=90)
        seen = len(loop.reports)
        # Whatever was Ready was Ready by new tasks: the old ones' containers are gone, whatever Swarm's list said.
        assert back["services"][0]["task_age_s"] < 60 * slowness()
        now = set(docker("ps", "--quiet", "--no-trunc").split())
        assert len(now) == 2
        assert not now & before
        docker("service", "scale", "--detach", f"{name}_a=2")
        until(
            lambda: docker("service", "inspect", f"{name}_a", "--format", "{{.Spec.Mode.Replicated.Replicas}}") == "1"
        )
        program.write("app.yaml", compose(name, {"a": service()}))
        loop.report(lambda report: len(report["services"]) == 1, since=seen)
