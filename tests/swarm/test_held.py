"""What is held until a person acts is neither Ready nor exit code 0, whichever command is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.swarm.looping import Program, compose, service

NET = "networks: {back: {driver: overlay%s}}"
ON = "networks: [back]"


def _everything_gone(program: Program, stack: str) -> None:
    (program.desired / "app.yaml").unlink()


def _a_network_to_replace(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service(extra=ON)}, NET % ", internal: true"))


@pytest.mark.parametrize("hold", [_everything_gone, _a_network_to_replace])
def test_every_command_says_that_something_is_held(
    program: Program, stack: str, hold: Callable[[Program, str], None]
) -> None:
    program.write("app.yaml", compose(stack, {"web": service(extra=ON)}, NET % ""))
    program("apply")
    assert program.json("status")["verdict"] == "Ready"
    hold(program, stack)
    for command in ("status", "apply"):
        said = program.json(command, expect=1)
        assert said["verdict"] == "Waiting"
        assert [each["running"] for each in said["services"]] == [1]
        assert any(each["pending"] for each in said["held"])
    assert any(each["pending"] for each in program.json("plan", expect=1)["held"])
    program("plan", "--detailed-exitcode", expect=2)
    with program.loop() as loop:
        loop.report(lambda report: report["verdict"] == "Waiting" and not report["actions"])
        assert program.json("reload", expect=1)["verdict"] == "Waiting"


def test_a_broken_file_is_not_ready_and_what_runs_stays_in_the_table(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    program("apply")
    program.write("app.yaml", "services: [")
    for command in ("status", "apply"):
        said = program.json(command, expect=65)
        assert said["verdict"] == "Degraded"
        assert [(each["name"], each["running"]) for each in said["services"]] == [(f"{stack}_web", 1)]
    program("plan", expect=65)
