"""A changed file is live by each of the ways to reload, in both modes, and no request is lost meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reconciler.swarm.decode import epoch
from tests.container import lone
from tests.container.running import SOCKET, Container, Mode, Yard
from tests.swarm.cli import Docker
from tests.swarm.engines import HACK, PrivateEngine
from tests.swarm.looping import Program, Report
from tests.swarm.traffic import Site, Traffic, make_releases
from tests.swarm.waiting import until

SITE = Site(replicas=1)


@dataclass(frozen=True, slots=True)
class Served:
    """Our image at work on an engine, whose host-mode ports are reached from here. ``journal`` is its app's."""

    container: Container
    engine: PrivateEngine
    journal: Path

    @property
    def docker(self) -> Docker:
        return self.container.docker

    @property
    def socket(self) -> str:
        return self.engine.socket if self.container.mode is Mode.SOCKET else SOCKET

    def inside(self, *command: str | Path) -> list[str | Path]:
        if self.container.mode is Mode.SOCKET:
            return self.engine.inside(*command)
        return ["nsenter", f"--net=/proc/{self.container.state()['Pid']}/ns/net", *command]

    def runs(self, site: Site) -> bool:
        """Whether its last rollout was to this one, and is over."""
        service = json.loads(self.docker("service", "inspect", "site_web"))[0]
        container = service["Spec"]["TaskTemplate"]["ContainerSpec"]
        return f"LEVEL={site.level}" in container["Env"] and service["UpdateStatus"]["State"] == "completed"

    def rollout(self) -> float:
        """Seconds that Swarm took for the last one: the start of the new task, and the drain of the old one."""
        status = self.docker("service", "inspect", "--format", "{{json .UpdateStatus}}", "site_web")
        began, ended = (epoch(json.loads(status)[moment]) for moment in ("StartedAt", "CompletedAt"))
        return (ended or 0.0) - (began or 0.0)

    def runs_of_the_app(self) -> int:
        return self.journal.read_text().count(lone.BEGAN)


def touched(served: Served) -> None:
    served.container.exec("touch", "/app/.reload-trigger")


def signalled(served: Served) -> None:
    served.container.outer("kill", "--signal=HUP", served.container.name)


def asked_inside(served: Served) -> None:
    served.container.exec("reconciler", "reload")


def asked_from_the_host(served: Served) -> None:
    Program(served.engine.host, "reconciler", served.container.desired)("reload", served.container.name)


def by_script(served: Served) -> None:
    environ = {"DOCKER_HOST": served.engine.host, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    command = [str(HACK / "hot-reload.sh"), served.container.name]
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=True)


@pytest.fixture(scope="module", params=Mode)
def served(
    request: pytest.FixtureRequest, engine: PrivateEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    environ = {**os.environ, "DOCKER_HOST": engine.host}
    subprocess.run([HACK / "packages", "wrk"], check=True)
    subprocess.run([HACK / "images", "traffic"], env=environ, check=True)
    make_releases(engine.docker)
    yard = Yard(engine.docker, tmp_path_factory.mktemp("yard"))
    options = (f"--volume={lone.__file__}:/app/lone.py:ro", f"--volume={yard.folder}:/lone")
    with yard.container(request.param, *options, command=("--", "python3", "/app/lone.py", "/lone")) as container:
        container.answers()
        container.load("traefik:v3.7", "site:1")
        yield Served(container, engine, yard.folder / "journal")
    yard.sweep()


@pytest.fixture(scope="module")
def traffic(served: Served) -> Traffic:
    """A site that answers."""
    traffic = Traffic(served, Program("", "", served.container.desired))
    traffic.begin(SITE)
    traffic.served(SITE)
    served.container.ready()
    return traffic


AT_ONCE = (touched, signalled)
"""Ways that wait for nothing."""
WAYS = (*AT_ONCE, asked_inside, asked_from_the_host, by_script)


@pytest.mark.parametrize("reloads", WAYS)
def test_a_changed_file_is_live_and_no_request_is_lost(
    served: Served, traffic: Traffic, reloads: Callable[[Served], None]
) -> None:
    until(served.journal.exists, what="the app runs")
    site = replace(SITE, level=reloads.__name__)
    before = served.runs_of_the_app()
    with traffic.load() as tally:
        began, seen = time.time(), len(served.container.records())
        traffic.program.write("site.yaml", site.compose())
        reloads(served)
        assert reloads in AT_ONCE or served.runs(site)
        traffic.served(site)
        written = served.container.report(lambda report: bool(report["actions"]), seen)
        ready = served.container.report(lambda report: is_ready(report) and report["id"] >= written["id"], seen)
        traffic.runs(site.replicas)
    assert tally.requests > 1000
    assert tally.failed == 0, tally.said
    assert any(report["forced"] for report in served.container.records()[seen:] if "verdict" in report)
    until(lambda: served.runs_of_the_app() == before + 1, what="the app was started once more")
    took = f"Ready {ready['at'] - began:.1f} s after the edit, {served.rollout():.1f} s of it the rollout"
    print(f"{served.container.mode}, {reloads.__name__}: {took}")


def test_reload_says_what_is_wrong_with_a_file_and_exits_by_it(served: Served, traffic: Traffic) -> None:
    traffic.program.write("site.yaml", "services: {web: {imag: site:1}}")
    with pytest.raises(AssertionError, match=r"exit 65\n(.*\n)*.*site\.yaml:1:17: "):
        asked_from_the_host(served)
    site = replace(SITE, level=WAYS[-1].__name__)
    traffic.program.write("site.yaml", site.compose())
    asked_from_the_host(served)
    assert served.runs(site)


def is_ready(report: Report) -> bool:
    return bool(report["verdict"] == "Ready")
