"""Configs and secrets under rollbacks, by Swarm and by hand; near the limit of names; between stacks; generated."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Loop, Program, Report, compose, service
from tests.swarm.waiting import until

FILES = """
configs: [{source: conf, target: /conf}]
secrets: [key]
deploy:
  endpoint_mode: dnsrr
  restart_policy: {delay: 100ms}
  update_config: {order: start-first, failure_action: %s, monitor: 500ms}
"""
FAILS_ON_BAD = "grep -q bad /conf && exit 3; exec sleep 1000"
PATIENCE = 90


def file(stack: str, content: str, failure_action: str = "rollback", script: str = FAILS_ON_BAD) -> str:
    """A service with a config and a secret of one content."""
    contents = f"configs: {{conf: {{content: {content}}}}}\nsecrets: {{key: {{content: {content}-key}}}}"
    return compose(stack, {"a": service(script, FILES % failure_action)}, contents)


def serves(docker: Docker, name: str, content: str) -> bool:
    """Whether containers of the service run, and all see this content."""
    running = docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={name}").split()
    seen = [docker.tries("exec", each, "sh", "-c", "cat /conf; echo; cat /run/secrets/key") for each in running]
    return bool(seen) and set(seen) == {f"{content}\n{content}-key"}


def objects(docker: Docker, kind: str, stack: str) -> list[str]:
    label = f"label=com.docker.stack.namespace={stack}"
    return sorted(docker(kind, "ls", "--format", "{{.Name}}", "--filter", label).split())


def judged(report: Report, name: str) -> Any:
    return next((each["verdict"] for each in report["services"] if each["name"] == name), None)


def rolled_back(loop: Loop, name: str, since: int) -> Report:
    return loop.report(lambda report: judged(report, name) == "RolledBack", since, PATIENCE)


def test_new_content_is_tried_after_another_was_rolled_back(program: Program, stack: str, docker: Docker) -> None:
    """The bad one got the name that is free by then, and gave it back."""
    name = f"{stack}_a"
    program.write("app.yaml", file(stack, "good1"))
    with program.loop() as loop:
        loop.ready()
        for number, content in enumerate(("good2", "good3")):
            since = len(loop.reports)
            program.write("app.yaml", file(stack, content))
            loop.report(lambda report: report["verdict"] == "Ready" and not report["actions"], since, PATIENCE)
            until(partial(serves, docker, name, content), PATIENCE, f"good content {number}")
        since = len(loop.reports)
        program.write("app.yaml", file(stack, "bad"))
        rolled_back(loop, name, since)
        since = len(loop.reports)
        program.write("app.yaml", file(stack, "good3"))
        loop.ready(since)
        until(lambda: len(objects(docker, "config", stack)) <= 2, what="the bad content is gone")
        program.write("app.yaml", file(stack, "good4"))
        until(partial(serves, docker, name, "good4"), PATIENCE, "content that is new")
        since = len(loop.reports)
        program.write("app.yaml", file(stack, "bad"))
        rolled_back(loop, name, since)


@pytest.mark.parametrize("failure_action", ["rollback", "pause", "continue"])
def test_a_rollback_by_hand_after_a_rotation_finds_what_it_needs_and_is_respected(
    program: Program, stack: str, docker: Docker, failure_action: str
) -> None:
    name = f"{stack}_a"
    program.write("app.yaml", file(stack, "one", failure_action))
    with program.loop() as loop:
        loop.ready()
        since = len(loop.reports)
        program.write("app.yaml", file(stack, "two", failure_action))
        loop.report(lambda report: report["verdict"] == "Ready" and not report["actions"], since, PATIENCE)
        until(partial(serves, docker, name, "two"), PATIENCE, "what is desired")
        told = program.json("plan")
        assert told["held"] == []
        assert told["actions"] == []
        since = len(loop.reports)
        docker("service", "rollback", "--detach", name)
        assert "by hand" in json.dumps(rolled_back(loop, name, since)["services"])
        until(partial(serves, docker, name, "one"), PATIENCE, "the content before")
        since = len(loop.reports)
        program.trigger.touch()
        loop.ready(since)
        until(partial(serves, docker, name, "two"), PATIENCE, "what is desired, on force")
        docker("service", "rollback", "--detach", name)
        since = len(loop.reports)
        rolled_back(loop, name, since)
    program.write("app.yaml", file(stack, "three", failure_action))
    assert program.json("apply")["verdict"] == "Ready"
    until(partial(serves, docker, name, "three"), PATIENCE, "another content")


@pytest.mark.parametrize("failure_action", ["rollback", "pause"])
def test_a_file_rolls_out_though_what_swarm_returned_to_is_gone(
    program: Program, stack: str, docker: Docker, failure_action: str
) -> None:
    name = f"{stack}_a"
    for content in ("one", "two"):
        program.write("app.yaml", file(stack, content, failure_action))
        assert program.json("apply")["verdict"] == "Ready"
    docker("config", "rm", f"{stack}_conf")
    docker("secret", "rm", f"{stack}_key")
    docker("service", "rollback", "--detach", name)
    program.write("app.yaml", file(stack, "three", failure_action))
    assert program.json("apply")["verdict"] == "Ready"
    until(partial(serves, docker, name, "three"), PATIENCE, "the new file")


def test_what_somebody_takes_back_to_nothing_is_put_right(program: Program, stack: str, docker: Docker) -> None:
    name = f"{stack}_a"
    for content in ("one", "two"):
        program.write("app.yaml", file(stack, content))
        assert program.json("apply")["verdict"] == "Ready"
    docker("config", "rm", f"{stack}_conf")
    docker("service", "rollback", "--detach", name)
    assert program.json("apply")["verdict"] == "Ready"
    until(partial(serves, docker, name, "two"), PATIENCE, "what is desired")


def test_a_foreign_service_keeps_what_it_may_return_to(program: Program, stack: str, docker: Docker) -> None:
    """It used a config of ours, and was updated to another one."""
    name, foreign = f"{stack}_a", f"{stack}-foreign"
    program.write("app.yaml", file(stack, "one"))
    program("apply")
    options = ("--detach", "--endpoint-mode", "dnsrr", "--name", foreign)
    docker("service", "create", *options, "--config", f"{stack}_conf", "busybox:latest", "sleep", "1000")
    for content in ("two", "three", "four"):
        program.write("app.yaml", file(stack, content))
        program("apply")
    assert f"{stack}_conf" in objects(docker, "config", stack)
    docker("service", "update", "--detach", "--config-rm", f"{stack}_conf", foreign)
    until(partial(serves, docker, name, "four"), PATIENCE, "ours")
    program("apply")
    assert f"{stack}_conf" in objects(docker, "config", stack)
    docker("service", "rm", foreign)
    program("apply")
    assert f"{stack}_conf" not in objects(docker, "config", stack)


def test_a_long_name_takes_new_content(program: Program, stack: str, docker: Docker) -> None:
    name = f"{stack}_" + "n" * (64 - len(stack) - 1)
    for content in ("one", "two", "three"):
        program.write("app.yaml", file(stack, content).replace("{content:", f"{{name: {name}, content:"))
        assert program.json("apply")["verdict"] == "Ready"
        until(partial(serves, docker, f"{stack}_a", content), PATIENCE, content)
    assert len(objects(docker, "config", stack)) == 2


def test_stacks_move_together_to_what_one_of_them_has_and_another_calls_external(
    program: Program, stack: str, docker: Docker
) -> None:
    def write(content: str) -> None:
        program.write("owner.yaml", file(stack, content))
        contents = f"configs: {{conf: {{external: true, name: {stack}_conf}}}}\n"
        contents += f"secrets: {{key: {{external: true, name: {stack}_key}}}}"
        program.write("user.yaml", compose(f"{stack}u", {"b": service(FAILS_ON_BAD, FILES % "pause")}, contents))

    write("one")
    with program.loop() as loop:
        loop.ready()
        for content in ("two", "three"):
            since = len(loop.reports)
            write(content)
            loop.report(lambda report: report["verdict"] == "Ready" and not report["actions"], since, PATIENCE)
            for name in (f"{stack}_a", f"{stack}u_b"):
                until(partial(serves, docker, name, content), PATIENCE, f"{content} in {name}")
            written = [action for report in loop.reports[since:] for action in report["actions"]]
            done = [action for action in written if action["result"] == "changed"]
            made = [action["name"] for action in done if action["action"] == "create"]
            assert len(made) == len(set(made)) == 2
    assert program.json("plan")["actions"] == []


def test_a_generated_secret_outlives_docker_stack_rm(program: Program, stack: str, docker: Docker) -> None:
    script = "[ -s /d/pw ] || cat /run/secrets/pw >/d/pw; cmp /d/pw /run/secrets/pw || exit 3; exec sleep 1000"
    rest = "secrets: {pw: {x-reconciler: {generate: {length: 20}}}}\nvolumes: {data: {}}"
    program.write("app.yaml", compose(stack, {"db": service(script, "secrets: [pw]\nvolumes: [data:/d]")}, rest))
    assert program.json("apply")["verdict"] == "Ready"
    docker("stack", "rm", stack)
    until(lambda: docker("ps", "--quiet", "--filter", f"label=com.docker.stack.namespace={stack}") == "")
    until(lambda: docker("network", "ls", "--quiet", "--filter", f"label=com.docker.stack.namespace={stack}") == "")
    report = program.json("apply")
    assert report["verdict"] == "Ready"
    assert "gets a new value" not in json.dumps(report["warnings"])
    docker("service", "rm", f"{stack}_db")
    until(lambda: docker.succeeds("secret", "rm", f"{stack}_pw"))
    (warning,) = [each for each in program.json("plan")["warnings"] if "gets a new value" in each["message"]]
    assert f"volume {stack}_data exists already" in warning["message"]
