"""No request is lost while a service changes: a real Traefik in front, 200 connections, and the loop at work."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.swarm.engines import HACK, PrivateEngine, private_engine
from tests.swarm.looping import Loop, Program, Report
from tests.swarm.traffic import Site, Tally, Traffic, make_releases
from tests.swarm.waiting import until

SITE = Site()


@pytest.fixture(scope="module")
def engine() -> Iterator[PrivateEngine]:
    """With the site's image in two releases."""
    subprocess.run([HACK / "packages", "wrk"], check=True)
    with private_engine("traffic", images="traffic") as engine:
        make_releases(engine.docker)
        yield engine


@pytest.fixture(scope="module")
def traffic(engine: PrivateEngine, tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    return Traffic(engine, Program(engine.host, "traffic", tmp_path_factory.mktemp("desired")))


@pytest.fixture(scope="module")
def loop(traffic: Traffic) -> Iterator[Loop]:
    """At work on a site that answers."""
    traffic.begin(SITE)
    with traffic.program.loop() as loop:
        loop.ready()
        traffic.served(SITE)
        yield loop


def test_rotating_a_config_and_a_secret_loses_no_request(traffic: Traffic, loop: Loop) -> None:
    old = objects(traffic)
    with traffic.load() as tally:
        traffic.change(replace(SITE, page="two", secret="k2"))
        until(lambda: named(traffic) and not named(traffic) & old, what="the service has a new config and secret")
        traffic.runs(2)
    assert objects(traffic) == old | named(traffic), "what the previous spec names is kept for a rollback"
    none_lost(tally)


def test_what_swarm_rolls_back_loses_no_request(traffic: Traffic, loop: Loop) -> None:
    """Nor does it lose what Swarm goes back to."""
    before, seen = named(traffic), len(loop.reports)
    good = replace(SITE, page="two", secret="k2")
    with traffic.load() as tally:
        traffic.program.write("site.yaml", replace(good, broken=True).compose())
        loop.report(rolled_back, seen)
        traffic.served(good)
        traffic.runs(2)
    assert objects(traffic) >= before
    none_lost(tally)


def test_changing_image_env_config_and_replicas_loses_no_request(traffic: Traffic, loop: Loop) -> None:
    site = replace(SITE, page="three")
    with traffic.load() as tally:
        for step in (site, site := replace(site, image="site:2"), site := replace(site, level="high")):
            traffic.change(step)
        for step in (replace(site, replicas=4), site):
            traffic.change(step)
            traffic.runs(step.replicas)
    none_lost(tally)


def test_changes_that_overtake_each_other_lose_no_request(traffic: Traffic, loop: Loop) -> None:
    """SwarmKit begins a rollout again at any write, and that may stop a task before its successor runs."""
    site = replace(SITE, page="four")
    with traffic.load() as tally:
        for step in (
            site,
            site := replace(site, replicas=3),
            site := replace(site, level="higher"),
            site := replace(site, level="highest", secret="k3"),
        ):
            seen = len(loop.reports)
            traffic.program.write("site.yaml", step.compose())
            loop.report(lambda report: "site.yaml changed" in report["wakes"], seen)
            traffic.starts()
        traffic.served(site)
        traffic.runs(site.replicas)
    none_lost(tally)


def test_what_nobody_serves_counts_as_failed(traffic: Traffic, loop: Loop) -> None:
    with traffic.load("/nothing") as tally:
        traffic.answers()
    assert 0 < tally.failed == tally.requests


def none_lost(tally: Tally) -> None:
    assert tally.requests > 1000
    assert tally.failed == 0, tally.said


def rolled_back(report: Report) -> bool:
    return any(service["name"] == "site_web" and service["verdict"] == "RolledBack" for service in report["services"])


def named(traffic: Traffic) -> set[str]:
    """Ids of the configs and secrets that the site's service has now."""
    container = "{{range .Spec.TaskTemplate.ContainerSpec.%s}}{{.%sID}} {{end}}"
    form = container % ("Configs", "Config") + container % ("Secrets", "Secret")
    return set(traffic.docker("service", "inspect", "site_web", "--format", form).split())


def objects(traffic: Traffic) -> set[str]:
    """Ids of the site's configs and secrets."""
    listed = ("ls", "--format", "{{.ID}}", "--filter", "label=com.docker.stack.namespace=site")
    return {name for kind in ("config", "secret") for name in traffic.docker(kind, *listed).split()}
