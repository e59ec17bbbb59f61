"""A crash loop where Swarm keeps no history of tasks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service

PATIENT = """
deploy: {restart_policy: {delay: 1s}}
x-reconciler: {ready_timeout: 10m, min_task_age: %s}
"""


@pytest.fixture(params=["0", "1"])
def _limited(request: pytest.FixtureRequest, docker: Docker) -> Iterator[None]:
    docker("swarm", "update", "--task-history-limit", request.param)
    yield
    docker("swarm", "update", "--task-history-limit", "5")


@pytest.mark.usefixtures("_limited")
def test_a_crash_loop_is_counted_by_the_loop_itself(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"a": service("sleep 3; exit 4", PATIENT % "1s")}))
    with program.loop() as loop:
        loop.report(lambda report: "crash-looping in slot 1" in str(report["services"]), deadline=180)
        assert loop.reports[-1]["verdict"] == "Degraded"


@pytest.mark.usefixtures("_limited")
def test_apply_counts_within_its_own_run(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"a": service("sleep 0.5; exit 4", PATIENT % "1m")}))
    done = program.json("apply", "--timeout", "170s", expect=1)
    assert "crash-looping in slot 1" in done["services"][0]["reason"]
