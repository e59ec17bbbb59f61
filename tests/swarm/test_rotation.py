"""Configs and secrets rotate: other content is another object, and the old one goes once nobody can need it."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, Report, compose, service
from tests.swarm.waiting import until

BOTH = """
configs: [{source: conf, target: /conf}]
secrets: [key]
deploy:
  endpoint_mode: dnsrr
  replicas: 2
  restart_policy: {delay: 100ms}
  update_config: {order: start-first, failure_action: rollback, monitor: 500ms}
"""
FAILS_ON_BAD = "grep -q bad /conf && exit 3; exec sleep 1000"


def contents(config: str, secret: str) -> str:
    return f"configs: {{conf: {{content: {config}}}}}\nsecrets: {{key: {{content: {secret}}}}}"


def objects(docker: Docker, kind: str, stack: str) -> list[str]:
    label = f"label=com.docker.stack.namespace={stack}"
    return docker(kind, "ls", "--format", "{{.Name}}", "--filter", label).split()


def serves(docker: Docker, name: str, config: str, secret: str) -> bool:
    """Whether two containers of the service run, and both see this content."""
    running = docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={name}").split()
    seen = [docker.tries("exec", each, "sh", "-c", "cat /conf; echo; cat /run/secrets/key") for each in running]
    return seen == [f"{config}\n{secret}"] * 2


def test_each_content_replaces_the_last_and_only_what_a_rollback_needs_stays(
    program: Program, stack: str, docker: Docker
) -> None:
    for config, secret in (("one", "k1"), ("two", "k2"), ("three", "k1")):
        program.write("app.yaml", compose(stack, {"a": service(extra=BOTH)}, contents(config, secret)))
        assert program.json("apply")["verdict"] == "Ready"
        until(partial(serves, docker, f"{stack}_a", config, secret), what=f"{config} and {secret} alone")
    assert program.json("apply")["verdict"] == "Ready"
    assert len(objects(docker, "config", stack)) == len(objects(docker, "secret", stack)) == 2, "with those before"


def test_a_shared_config_moves_all_its_users(program: Program, stack: str, docker: Docker) -> None:
    both = {"a": service(extra=BOTH), "b": service(extra=BOTH)}
    program.write("app.yaml", compose(stack, both, contents("one", "k1")))
    program("apply")
    program.write("app.yaml", compose(stack, both, contents("two", "k1")))
    assert program.json("apply")["verdict"] == "Ready"
    for name in both:
        until(partial(serves, docker, f"{stack}_{name}", "two", "k1"), what=f"{name} has moved")
    assert len(objects(docker, "config", stack)) == 2, "with the one that a rollback needs"
    assert objects(docker, "secret", stack) == [f"{stack}_key"]


def test_what_swarm_rolls_back_to_is_kept_until_something_else_has_taken_its_place(
    program: Program, stack: str, docker: Docker
) -> None:
    one = {"a": service(FAILS_ON_BAD, BOTH)}
    program.write("app.yaml", compose(stack, one, contents("good", "k1")))
    with program.loop() as loop:
        loop.ready()
        before = len(loop.reports)
        program.write("app.yaml", compose(stack, one, contents("bad", "k2")))
        loop.report(lambda report: verdict(report, f"{stack}_a") == "RolledBack", before)
        assert f"{stack}_conf" in objects(docker, "config", stack)
        assert f"{stack}_key" in objects(docker, "secret", stack)
        until(partial(serves, docker, f"{stack}_a", "good", "k1"), what="the old content again")
        before = len(loop.reports)
        program.write("app.yaml", compose(stack, one, contents("better", "k2")))
        loop.ready(before)
        until(partial(serves, docker, f"{stack}_a", "better", "k2"), what="the new content")
        until(lambda: len(objects(docker, "config", stack)) == 2, what="the bad config is gone, the one before kept")
        until(lambda: objects(docker, "config", stack)[0] == f"{stack}_conf", what="that is the good one")


def verdict(report: Report, name: str) -> Any:
    return next((each["verdict"] for each in report["services"] if each["name"] == name), None)
