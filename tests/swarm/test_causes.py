"""Each sickness has its own cause, and its own advice, on a real engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler import labels
from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service

QUICK = "deploy: {restart_policy: {delay: 1s}"
DYING = f"{QUICK}}}"
INGRESS = 47014
SICK: dict[str, tuple[str, str, str | None]] = {
    "image": (service(image="busybox:nowhere"), "ImageUnavailable", None),
    "exits": (service("exit 3", DYING), "CrashLoop", "Exited"),
    "ends": (service("exit 0", DYING), "CrashLoop", "Finished"),
    "lost": (service(extra=f"entrypoint: [/nowhere]\n{DYING}"), "CrashLoop", "CommandNotFound"),
    "plain": (service(extra=f"entrypoint: [/etc/passwd]\n{DYING}"), "CrashLoop", "CommandNotExecutable"),
    "greedy": (
        service("tail /dev/zero", f"{QUICK}, resources: {{limits: {{memory: 8M}}}}}}"),
        "CrashLoop",
        "OutOfMemory",
    ),
    "killed": (service("exit 137", DYING), "CrashLoop", "Killed"),
    "crashed": (service("exit 139", DYING), "CrashLoop", "Crashed"),
    "ill": (
        service(extra=f"healthcheck: {{test: [CMD, 'false'], interval: 1s, retries: 1}}\n{DYING}"),
        "CrashLoop",
        "Unhealthy",
    ),
    "user": (service(extra=f"user: nobodyhere\n{DYING}"), "CrashLoop", "UserUnknown"),
    "bind": (service(extra='volumes: ["/nowhere/at/all:/data"]'), "MountSourceMissing", None),
    "driver": (service(extra='volumes: ["far:/data"]'), "DriverMissing", None),
    "placed": (
        service(extra="deploy: {placement: {constraints: [node.labels.zone == nowhere]}}"),
        "ConstraintUnmet",
        None,
    ),
    "large": (service(extra="deploy: {resources: {reservations: {cpus: '999'}}}"), "InsufficientResources", None),
    "crowded": (
        service(extra="deploy: {replicas: 2, placement: {max_replicas_per_node: 1}}"),
        "ReplicasPerNode",
        None,
    ),
    "port": (
        service(
            extra="ports: [{target: 80, published: 47013, mode: host}]\ndeploy: {replicas: 2, endpoint_mode: dnsrr}"
        ),
        "PortTaken",
        None,
    ),
    "platform": (
        service(extra="deploy: {placement: {constraints: [node.platform.arch == s390x]}}"),
        "PlatformUnsupported",
        "ConstraintUnmet",
    ),
    "full": (service(extra="networks: [tiny]\ndeploy: {replicas: 8, endpoint_mode: dnsrr}"), "NetworkFull", None),
    "slow": (
        service(extra="healthcheck: {test: [CMD, 'false'], interval: 1s, start_period: 10m}"),
        "NoProgress",
        "Unhealthy",
    ),
    "published": (service(extra=f"ports: ['{INGRESS}:80']\ndeploy: {{replicas: 1}}"), "PortTaken", None),
    "secret": (service(extra="secrets: [theirs]"), "ObjectMissing", None),
    "config": (service(extra="configs: [theirs]"), "ObjectMissing", None),
    "network": (service(extra="networks: [theirs]"), "ObjectMissing", None),
    "taken": (service(extra="networks: [local]"), "NameTaken", None),
    "odd": (service(extra='hostname: "{{.Nowhere}}"'), "WriteRefused", None),
    "owned": (service(), "OwnedByAnother", None),
    "mode": (service(extra="deploy: {mode: global}"), "NeedsReplacement", None),
    "needs": (service(extra="depends_on: [image]"), "DependencyNotReady", "ImageUnavailable"),
}
"""By name: what the file says of a service, the cause of its verdict, and the cause underneath."""
REST = """
secrets: {theirs: {external: true, name: nobody_made_it}}
configs: {theirs: {external: true, name: nobody_made_it}}
networks:
  theirs: {external: true, name: nobody_made_it}
  tiny: {ipam: {config: [{subnet: 10.211.47.0/29}]}}
  local: {}
volumes: {far: {driver: nowhere}}
"""


@pytest.fixture
def local_network(docker: Docker, stack: str) -> Iterator[None]:
    """A network of the engine alone, that has the name of one in the file."""
    docker("network", "create", f"{stack}_local")
    yield
    docker("network", "rm", f"{stack}_local")


@pytest.mark.each_engine
@pytest.mark.usefixtures("local_network")
def test_each_sickness_has_its_own_cause_and_advice(program: Program, stack: str, docker: Docker) -> None:
    made = ("service", "create", "--detach", "--no-resolve-image", "--replicas", "0", "--name")
    docker(*made, f"{stack}_by_hand", "--publish", f"{INGRESS}:80", "busybox:latest")
    docker(*made, f"{stack}_owned", "--label", f"{labels.OWNER}=another", "busybox:latest")
    docker(*made, f"{stack}_mode", "busybox:latest")
    program.write("app.yaml", compose(stack, {name: text for name, (text, _, _) in SICK.items()}, REST))
    left = {name: (cause, because) for name, (_, cause, because) in SICK.items()}
    last: dict[str, Any] = {}

    def told(report: Any) -> bool:
        """Whether each has been told by now: a crash loop goes on, and what is known of it comes and goes."""
        last.update({each["name"].removeprefix(f"{stack}_"): each for each in report["services"]})
        for name in [name for name in left if name in last and _cause(last[name]) == left[name]]:
            del left[name]
        return not left

    with program.loop() as loop:
        try:
            loop.report(told, deadline=120)
        except AssertionError as error:
            raise AssertionError(f"other causes: { {name: last.get(name) for name in left} }") from error
        advice = {name: tuple(program.json("explain", f"{stack}_{name}")["what_to_do"]) for name in SICK}
    assert len(set(advice.values())) == len(SICK), advice


def _cause(state: dict[str, Any]) -> tuple[str, str | None]:
    return state["cause"], state["facts"].get("because")
