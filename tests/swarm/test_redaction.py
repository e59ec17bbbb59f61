"""Canaries in every kind of place, and none of them in what is printed, told or written down."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.bounded import inflated
from reconciler.notes.history_segments import TEXT
from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

CANARY = re.compile(r"canary\w+")
FILE = """
name: {stack}
x-reconciler: {{min_task_age: 0.5s, ready_timeout: 20s}}
services:
  a:
    image: busybox:latest
    init: true
    stop_grace_period: 1s
    command: [sh, -c, 'trap exit TERM; exec sleep 1000', x, --password, canaryargument, 'db://u:canaryaddress@db/x']
    labels: {{"my.token": canarylabel, plain: shownlabel}}
    environment: {environment}
    healthcheck: {{test: [CMD, sh, -c, 'true', --token, canarycheck], interval: 1s, timeout: 9s}}
    logging: {{driver: json-file, options: {{tag: canarylogging{tag}}}}}
    networks: [front]
    configs: [{{source: content, target: /content}}]
    secrets: [content]
    deploy: {{endpoint_mode: dnsrr, labels: {{"api_key": canarydeploylabel}}}}
  template:
    image: busybox:latest
    environment: {{TEMPLATE: 'canarytemplate{{{{ canaryfunction }}}}'}}
    deploy: {{endpoint_mode: dnsrr}}
  chatty:
    image: busybox:latest
    command: [sh, -c, 'echo it is $$VALUE, and; cat /run/secrets/content; exit 1']
    environment: {{VALUE: canaryprinted}}
    secrets: [content]
    deploy: {{endpoint_mode: dnsrr, restart_policy: {{delay: 0.1s}}}}
  share:
    image: busybox:latest
    command: [sleep, '1000']
    volumes: ['share:/share']
    deploy: {{endpoint_mode: dnsrr}}
networks:
  front: {{driver_opts: {{anything: canarynetwork}}}}
volumes:
  share: {{driver_opts: {{type: cifs, device: '//127.0.0.1/x', o: 'username=u,password=canaryshare'}}}}
configs: {{content: {{file: ./content.txt}}}}
secrets: {{content: {{file: ./secret.txt}}}}
"""
OLD = "{KEPT: canarykept, REPLACED: canaryold, REMOVED: canaryremoved}"
NEW = "{KEPT: canarykept, REPLACED: canarynew, ADDED: canaryadded}"
NEXT = "{REPLACED: canarythird, MORE: canarymore}"


def write(program: Program, stack: str, environment: str, tag: str = "") -> None:
    program.write("content.txt", "canaryconfig")
    program.write("secret.txt", "canarysecret")
    program.write("app.yaml", FILE.format(stack=stack, environment=environment, tag=tag))


def looks(program: Program, stack: str) -> Iterator[str]:
    """What the commands print that look, whatever their exit code."""
    services = (f"{stack}/{name}" for name in ("a", "template", "chatty", "share"))
    commands = [
        ["plan"],
        ["status"],
        ["history", "--limit", "0"],
        ["validate"],
        *(["explain", name] for name in services),
    ]
    yield said(program, "render")
    for command in commands:
        yield said(program, *command)
        yield said(program, *command, "--output", "json")


def said(program: Program, *arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        env=program._environ(environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr
    return done.stdout + done.stderr


def written(docker: Docker, stack: str) -> str:
    """What stands in the history."""
    names = docker("config", "ls", "--quiet", "--filter", f"name={stack}-history").split()
    found = json.loads(docker("config", "inspect", *names)) if names else []
    return " ".join(inflated(config["Spec"]["Labels"][TEXT], 1 << 24) for config in found)


def asked(program: Program) -> str:
    """What the loop tells over its socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(program.desired.parent / "run" / f"{program.owner}.sock"))
        client.sendall(b'{"do": "status"}\n')
        with client.makefile() as answers:
            return answers.readline()


def escaped(*texts: str) -> list[str]:
    """The canaries that got out, each with what is around it."""
    return [text[max(0, found.start() - 80) : found.end() + 20] for text in texts for found in CANARY.finditer(text)]


@contextmanager
def text_loop(program: Program, file: Path) -> Iterator[Callable[[], str]]:
    """``run``, and what it printed so far."""
    with file.open("wb") as log:
        command = [sys.executable, "-m", "reconciler", "run"]
        process = subprocess.Popen(command, env=program._environ({}), stdout=log, stderr=log)
        try:
            yield file.read_text
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait()


def test_no_secret_gets_out(program: Program, stack: str, docker: Docker, tmp_path: Path) -> None:
    write(program, stack, OLD)
    with text_loop(program, tmp_path / "log.txt") as log:
        until(lambda: re.search(rf'msg="Ready".* service={stack}_a ', log()), 180, log)
        until(lambda: "it is ••••, and" in log(), 180, log)
        until(lambda: f"service={stack}_share" in log() and "data: ••••" in log(), 180, log)
        assert "TEMPLATE=•••• has a template" in log()
        write(program, stack, NEW)
        until(lambda: "REPLACED" in written(docker, stack), 180, log)
        state = (program.desired.parent / "run" / f"{program.owner}.json").read_text()
        assert escaped(log(), state, asked(program), written(docker, stack)) == []
        program("suspend", f"{stack}/a")
        write(program, stack, NEXT, "more")
        assert escaped(*looks(program, stack)) == []
        forms: list[list[str]] = [[], ["--output", "json"]]
        reloaded = [said(program, "reload", "--timeout", "1", *form) for form in forms]
        assert escaped(*reloaded, asked(program), log()) == []
        assert escaped(said(program, "explain", f"{stack}/a", "--show-values"))
    program("resume", f"{stack}/a")
    texts = [said(program, "apply", "--timeout", "3", *form) for form in forms]
    texts.append(said(program, "down", stack, "--yes"))
    assert escaped(*texts, written(docker, stack)) == []


def test_values_are_shown_to_who_asks_for_them_and_never_written_down(
    program: Program, stack: str, docker: Docker
) -> None:
    def write(value: str) -> None:
        program.write("app.yaml", compose(stack, {"a": service("exec sleep 999", f"environment: {{A: {value}}}")}))

    write("canaryold")
    assert "canaryold" in program("render", "--show-values")
    program("apply", "--show-values")
    write("canarynew")
    assert "canaryold → canarynew" in program("plan", "--show-values")
    assert "•••• → •••• (changed)" in program("plan")
    assert "canarynew" in program("explain", f"{stack}/a", "--show-values")
    (change,) = program.json("plan")["actions"][0]["changes"]
    assert (change["path"], change["redacted"]) == ("environment.A", True)
    assert change["before"] != change["after"]
    assert "canarynew" in program("plan", RECONCILER_REDACT="none")
    arguments = program("explain", f"{stack}/a", RECONCILER_REDACT="all")
    assert "999" not in arguments
    assert "busybox" in arguments
    assert "canarynew" in program("apply", "--check", "--show-values")
    assert "canarynew" not in program("apply", "--check")
    program("apply", "--show-values")
    assert "environment.A" in written(docker, stack)
    assert escaped(written(docker, stack), program("history"), str(program.json("history"))) == []
