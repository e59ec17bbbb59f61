"""We run as a service of the very Swarm that we reconcile, and our own stack is in the desired folder."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.container.running import IMAGE, SOCKET, Yard
from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

ROLLOUT = "update_config: {order: start-first, failure_action: rollback, monitor: 1s}"
TAKEN_OVER = 15
"""Seconds: rule 14."""


@dataclass(frozen=True)
class Ourselves:
    """``us``, of our image, and ``slow``, which takes its time; ``program`` is ours too, but outside of the Swarm."""

    program: Program
    docker: Docker

    @property
    def us(self) -> str:
        return f"{self.program.owner}_us"

    @property
    def slow(self) -> str:
        return f"{self.program.owner}-slow_slow"

    def desire(self, turn: int, replicas: int) -> None:
        """Both change with each ``turn``."""
        owner, socket = self.program.owner, self.docker.host.removeprefix("unix://")
        us = f"""\
image: {IMAGE}
environment: {{RECONCILER_OWNER: {owner}, TURN: "{turn}"}}
volumes: ["{socket}:{SOCKET}", "{self.program.desired}:/app/desired"]
healthcheck: {{test: [CMD, reconciler, healthcheck], interval: 1s, retries: 60}}
deploy: {{replicas: {replicas}, endpoint_mode: dnsrr, {ROLLOUT}}}"""
        self.program.write("us.yaml", compose(owner, {"us": us}))
        slow = service(
            "sleep 3; touch /up; exec sleep 1000",
            f"""\
            environment: {{TURN: "{turn}"}}
            healthcheck: {{test: [CMD, test, -e, /up], interval: 1s, retries: 20}}
            deploy: {{endpoint_mode: dnsrr, {ROLLOUT}}}""",
        )
        self.program.write("slow.yaml", compose(f"{owner}-slow", {"slow": slow}))

    def converged(self, name: str, turn: int) -> bool:
        """Whether the last rollout is over, and was to that turn."""
        found = json.loads(self.docker("service", "inspect", name))[0]
        rolled = (found.get("UpdateStatus") or {}).get("State") == "completed"
        return rolled and f"TURN={turn}" in found["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"]

    def update(self, name: str, moment: str) -> str:
        """When its last rollout began (``StartedAt``), or was over (``CompletedAt``)."""
        return self.docker("service", "inspect", name, "--format", f"{{{{json .UpdateStatus.{moment}}}}}")

    def tasks(self, name: str) -> list[int]:
        """How many tasks each slot has had."""
        return sorted(Counter(self.docker("service", "ps", name, "--format", "{{.Name}}").split()).values())

    def inside(self, *arguments: str) -> tuple[str, ...]:
        """A command of ours where the service runs."""
        container = self.docker("ps", "--quiet", "--filter", f"name={self.us}").split()[0]
        return ("exec", container, "reconciler", *arguments)


@pytest.fixture
def ourselves(yard: Yard, tmp_path: Path) -> Ourselves:
    desired = tmp_path / "desired"
    desired.mkdir()
    return Ourselves(Program(yard.docker.host, f"t{secrets.token_hex(4)}", desired), yard.docker)


@pytest.mark.parametrize("replicas", [1, 2])
def test_we_update_ourselves_last_and_our_successor_goes_on(ourselves: Ourselves, replicas: int) -> None:
    docker, us, slow = ourselves.docker, ourselves.us, ourselves.slow
    ourselves.desire(1, replicas)
    ourselves.program("apply")

    ourselves.desire(2, replicas)
    until(lambda: ourselves.converged(us, 2), 90, lambda: docker("service", "logs", us))
    assert ourselves.converged(slow, 2)
    assert ourselves.update(us, "StartedAt") > ourselves.update(slow, "CompletedAt")
    assert ourselves.program.json("plan")["actions"] == []
    assert (ourselves.tasks(us), ourselves.tasks(slow)) == ([2] * replicas, [2])
    done = ourselves.program.json("history")["entries"]
    written = Counter(
        each["name"]
        for entry in done
        for each in entry["actions"]
        if "environment.TURN" in {change["path"] for change in each["changes"]} and not each["detail"]
    )
    assert written == {us: 1, slow: 1}

    docker("service", "update", "--detach", "--label-add", "made=by-hand", slow)
    labels = ("service", "inspect", slow, "--format", "{{json .Spec.Labels}}")
    until(lambda: "by-hand" not in docker(*labels), TAKEN_OVER, "our successor acts")


def test_we_dont_end_ourselves(ourselves: Ourselves) -> None:
    docker, us, slow = ourselves.docker, ourselves.us, ourselves.slow
    ourselves.desire(1, 1)
    ourselves.program("apply")
    how = f"this very process runs as it: `docker service rm {us}` stops it"

    (ourselves.program.desired / "us.yaml").unlink()
    plan = json.loads(docker(*ourselves.inside("plan", "--output", "json")))
    assert plan["actions"] == []
    assert {each["name"]: each["reason"] for each in plan["held"]}[us] == f"no longer desired, but {how}"
    docker("service", "update", "--detach", "--label-add", "made=by-hand", slow)
    labels = ("service", "inspect", slow, "--format", "{{json .Spec.Labels}}")
    until(lambda: "by-hand" not in docker(*labels), TAKEN_OVER, "passes were made since")
    assert docker.succeeds("service", "inspect", us)
    assert not docker.succeeds(*ourselves.inside("down", ourselves.program.owner, "--yes"))
    assert docker.succeeds("service", "inspect", us)
