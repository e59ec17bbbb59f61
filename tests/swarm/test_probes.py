"""Probes of tasks whose image has no health check: by every way that reaches them, and what verdicts make of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.model import Probe
from reconciler.observed.model import Task, TaskState
from reconciler.swarm import Swarm
from reconciler.swarm.dialing import ProbeAnswer
from reconciler.swarm.endpoint import find
from reconciler.swarm.probing import Prober
from reconciler.swarm.transport import Transport
from tests.swarm import specs
from tests.swarm.cli import Docker
from tests.swarm.looping import Program, Report, compose, service
from tests.swarm.waiting import until

WEB = "mkdir /w; echo ok > /w/up; busybox httpd -f -vv -p 8080 -h /w 2>&1"
NOWHERE = Path("/nowhere")
ROOT = Path(__file__).resolve().parents[2]
PROBES = {
    "a port that is open": (Probe(tcp=8080), True, ""),
    "a port that is closed": (Probe(tcp=8081), False, "refused"),
    "a page": (Probe(http_port=8080, http_path="/up"), True, ""),
    "no page": (Probe(http_port=8080, http_path="/down"), False, "status 404, expected 200 to 399"),
    "the right status": (Probe(http_port=8080, http_path="/down", http_status=404), True, ""),
    "no server": (Probe(http_port=8081), False, "refused"),
    "a command": (Probe(exec=("ls", "/w/up")), True, ""),
    "a command that fails": (Probe(exec=("sh", "-c", "echo no luck; exit 3")), False, "exit code 3: no luck"),
    "a command that isn't there": (Probe(exec=("no-such-thing",)), False, "no-such-thing"),
}


@pytest.fixture
def web(swarm: Swarm, stack: str) -> Task:
    """A running task that serves a page on port 8080, attached to an overlay network."""
    swarm.create_network({**specs.network(stack, "net"), "Attachable": True})
    swarm.create_service(specs.service(stack, "web", WEB, Networks=[{"Target": f"{stack}_net"}]))
    return until(lambda: running(swarm, f"{stack}_web"), what="the task runs")


@pytest.fixture
def transport(host: str) -> Iterator[Transport]:
    transport = Transport(find(host, os.environ))
    yield transport
    transport.close()


def running(swarm: Swarm, name: str) -> Task | None:
    snapshot = swarm.observe()
    found = snapshot.services[name]
    return next((task for task in snapshot.tasks.get(found.id, ()) if task.state is TaskState.RUNNING), None)


@pytest.mark.parametrize("proc", [Path("/proc"), NOWHERE], ids=["beside the engine", "a remote engine"])
def test_every_probe_tells_the_same_whatever_way_reaches_the_task(transport: Transport, web: Task, proc: Path) -> None:
    prober = Prober(transport, proc)
    until(lambda: prober.ask(web, Probe(tcp=8080), here=True).passed, what="it listens")
    for name, (probe, passed, words) in PROBES.items():
        answer = prober.ask(web, probe, here=True)
        assert answer.passed is passed, (name, answer)
        assert passed or words in answer.words.lower(), (name, answer)


def test_a_command_that_hangs_fails_and_no_other_is_begun_beside_it(transport: Transport, web: Task) -> None:
    prober = Prober(transport)
    hanging = Probe(exec=("sh", "-c", "echo x >> /begun; exec sleep 1000"), timeout=0.5)
    for _ in range(3):
        assert prober.ask(web, hanging, here=True) == ProbeAnswer(False, "didn't end within 0.5 s")
    counted = Prober(transport).ask(web, Probe(exec=("sh", "-c", "wc -l < /begun; exit 1")), here=True)
    assert counted.words == "exit code 1: 1"


def test_what_another_node_runs_and_what_lacks_every_tool_cant_be_told(transport: Transport, web: Task) -> None:
    prober = Prober(transport, NOWHERE)
    for probe in (Probe(tcp=8080), Probe(exec=("true",))):
        answer = prober.ask(web, probe, here=False)
        assert answer.passed is None
        assert "another node" in answer.words
    bare = Prober(transport, NOWHERE)
    until(lambda: bare.ask(web, Probe(tcp=8080), here=True).passed)
    assert bare.ask(web, Probe(exec=("rm", "/bin/sh")), here=True).passed
    answer = bare.ask(web, Probe(tcp=8080), here=True)
    assert answer.passed is None
    assert "its image has none of" in answer.words


def test_from_a_container_in_the_same_network_a_task_is_reached_by_its_address_there(
    host: str, docker: Docker, stack: str, web: Task
) -> None:
    """The container has this machine's Python and our program; its network is its own."""
    script = f"""
from reconciler.desired.model import Probe
from reconciler.swarm import Swarm
swarm = Swarm.connect({host!r}, {{}})
(task,) = [task for tasks in swarm.observe().tasks.values() for task in tasks if task.id == {web.id!r}]
for port in (8080, 8081):
    print(swarm.probe(task, Probe(tcp=port), here=False))
"""
    run_dir = str(Path(host.removeprefix("unix://")).parent)
    shared = {"/usr", "/lib", "/lib64", sys.base_prefix, sys.prefix, str(ROOT), run_dir}
    mounts = [part for path in sorted(shared) for part in ("--volume", f"{path}:{path}:ro")]
    python = (sys.executable, "-c", script)
    said = docker(
        "run", "--rm", "--network", f"{stack}_net", "--workdir", str(ROOT), *mounts, "busybox:latest", *python
    )
    assert said.splitlines() == [str(ProbeAnswer(True)), str(ProbeAnswer(False, "Connection refused"))]


def of(report: Report, name: str) -> dict[str, Any]:
    return next((service for service in report["services"] if service["name"] == name), {"verdict": "", "reason": ""})


def test_ready_waits_for_the_probe_and_so_do_dependents_and_a_probe_that_fails_later_is_told(
    program: Program, stack: str, docker: Docker
) -> None:
    web, name = "until [ -e /go ]; do sleep 0.1; done; " + WEB, f"{stack}_web"
    probe = "x-reconciler: {probe: {http: {port: 8080, path: /up}, interval: 500ms, retries: 2}}"
    needs = service(extra="depends_on: {web: {condition: service_healthy}}")
    program.write("app.yaml", compose(stack, {"web": service(web, probe), "needs": needs}))
    container = f"label=com.docker.swarm.service.name={name}"
    with program.loop() as loop:
        report = loop.report(lambda report: "hasn't passed: " in of(report, name)["reason"])
        loop.report(lambda report: "refused" in of(report, name)["reason"])
        assert of(report, f"{stack}_needs")["verdict"] == "Waiting"
        id_ = docker("ps", "--quiet", "--filter", container)
        docker("exec", id_, "touch", "/go")
        loop.ready()
        before = docker("service", "inspect", name, "--format", "{{.Version.Index}}")
        seen = len(loop.reports)
        docker("exec", id_, "rm", "/w/up")
        report = loop.report(lambda report: of(report, name)["verdict"] == "Degraded", seen)
        assert f"probe of {name}.1 fails" in report["wakes"]
        assert "slot 1: its probe (http 8080/up) fails: status 404" in of(report, name)["reason"]
        assert of(report, name)["error"].startswith(f"task {name}.1 (")
        assert of(report, name)["cause"] == "ProbeFailing"
        assert of(program.json("status", expect=1), name)["verdict"] == "Degraded", "the loop knows, and is asked"
        away = str(program.desired.parent / "elsewhere")
        looked = program.json("status", RECONCILER_RUN_DIR=away)
        assert "hasn't passed: status 404" in of(looked, name)["reason"], "it has just begun to look"
        docker("exec", id_, "touch", "/w/up")
        loop.ready(since=len(loop.reports))
        assert program.json("status")["verdict"] == "Ready"
        seen = len(loop.reports)
        tried = _requests(docker, id_)
        until(lambda: _requests(docker, id_) > tried + 4, what="the probe went on")
        assert docker("service", "inspect", name, "--format", "{{.Version.Index}}") == before
        assert not any("probe" in wake for report in loop.reports[seen:] for wake in report["wakes"])


def _requests(docker: Docker, container: str) -> int:
    """How often the page was asked for: the server writes a line each time."""
    return docker("logs", container).count("url:/up")
