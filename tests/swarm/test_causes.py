"""Each sickness has its own cause, and its own advice, on a real engine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.swarm.looping import Program, compose, service

QUICK = "deploy: {restart_policy: {delay: 1s}"
DYING = f"{QUICK}}}"
NODE = "{{Node.Hostname}}"
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
    "object": (service(extra="secrets: [theirs]"), "ObjectMissing", None),
    "needs": (service(extra="depends_on: [image]"), "DependencyNotReady", "ImageUnavailable"),
}
REST = "secrets: {theirs: {external: true, name: nobody_made_it}}\nvolumes: {far: {driver: nowhere}}"


@pytest.mark.each_engine
def test_each_sickness_has_its_own_cause_and_advice(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {name: text for name, (text, _, _) in SICK.items()}, REST))
    wanted = {name: (cause, because) for name, (_, cause, because) in SICK.items()}
    found: dict[str, Any] = {}

    def told(report: Any) -> bool:
        found.update({each["name"].removeprefix(f"{stack}_"): each for each in report["services"]})
        return {name: _cause(each) for name, each in found.items()} == wanted

    with program.loop() as loop:
        try:
            loop.report(told, deadline=180)
        except AssertionError as error:
            wrong = {name: each for name, each in found.items() if _cause(each) != wanted[name]}
            raise AssertionError(f"other causes: {wrong}") from error
        advice = {name: tuple(program.json("explain", f"{stack}_{name}")["what_to_do"]) for name in SICK}
    assert len(set(advice.values())) == len(SICK), advice


def _cause(state: dict[str, Any]) -> tuple[str, str | None]:
    return state["cause"], state["facts"].get("because")
