"""A desired folder that goes away under a running loop, or isn't there when it starts."""

from __future__ import annotations

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until


def replicas(docker: Docker, name: str) -> str:
    return docker("service", "inspect", name, "--format", "{{.Spec.Mode.Replicated.Replicas}}")


def test_the_last_good_state_is_healed_while_the_folder_is_away(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"a": service()}))
    away = program.desired.with_name("away")
    with program.loop(RECONCILER_INTERVAL="2") as loop:
        loop.ready()
        program.desired.rename(away)
        gone = loop.report(lambda report: report["desired_missing"] is not None)
        assert gone["verdict"] == "Degraded"
        for _ in range(2):
            docker("service", "scale", "--detach", f"{stack}_a=0")
            until(lambda: replicas(docker, f"{stack}_a") == "1", 60, "the drift is healed")
        last = loop.report(lambda report: report["services"][0]["verdict"] == "Ready", len(loop.reports))
        assert last["desired_missing"] == gone["desired_missing"]
        assert "the desired folder isn't there (since " in program("healthcheck")
        since = len(loop.reports)
        away.rename(program.desired)
        back = loop.ready(since)
        assert (back["errors"], back["desired_missing"]) == ([], None)
        assert "isn't there" not in program("healthcheck")


def test_a_loop_that_starts_without_its_folder_waits_for_it(program: Program, stack: str, docker: Docker) -> None:
    program.desired.rmdir()
    assert "doesn't exist" in program.json("apply", expect=64)["error"]
    with program.loop() as loop:
        gone = loop.report(lambda report: report["desired_missing"] is not None)
        assert "it is waited for" in gone["errors"][0]["message"]
        program.desired.mkdir()
        program.write("app.yaml", compose(stack, {"a": service()}))
        assert loop.ready()["services"][0]["name"] == f"{stack}_a"
