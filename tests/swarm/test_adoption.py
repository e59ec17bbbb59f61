"""Stacks that ``docker stack deploy`` made, taken over as they are from the very files that made them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program
from tests.swarm.waiting import until

CASES = Path(__file__).resolve().parents[1] / "cases" / "adopted"


@pytest.mark.each_engine
def test_three_stacks_are_adopted_and_no_task_is_restarted(
    program: Program, stack: str, docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTSIDE", f"{stack}-outside")
    docker("network", "create", "--driver", "overlay", f"{stack}-outside")
    docker("config", "create", f"{stack}-outside", "-", stdin="x")
    docker("secret", "create", f"{stack}-outside", "-", stdin="x")
    shutil.copytree(CASES, program.desired, dirs_exist_ok=True)
    stacks = [stack + case.stem for case in sorted(CASES.glob("*.yaml"))]
    for name in stacks:
        file = (program.desired / f"{name.removeprefix(stack)}.yaml").rename(program.desired / f"{name}.yaml")
        docker.deploy(file, name)
    until(lambda: all(settled(docker, name) for name in stacks), 60, what="everything runs")
    before = tasks(docker, stacks)

    plan = program.json("plan")
    assert {(action["action"], action["restarts_tasks"]) for action in plan["actions"]} == {("adopt", False)}
    assert plan["errors"] == []
    program("apply")
    assert tasks(docker, stacks) == before
    after = program.json("plan")
    assert after["actions"] == []
    # All but a job, for any write to one runs it again.
    assert {each["name"] for each in after["held"]} == {f"{stack}batch_migrate"}


def settled(docker: Docker, stack: str) -> bool:
    """Of ``3/3``, or what a job says, ``0/2 (2/2 completed)``, the last pair is equal everywhere."""
    said = docker("stack", "services", stack, "--format", "{{.Replicas}}").splitlines()
    counts = [re.findall(r"(\d+)/(\d+)", each)[-1] for each in said]
    return all(running == wanted for running, wanted in counts)


def tasks(docker: Docker, stacks: list[str]) -> list[str]:
    """Task ids with their states, and container ids: nothing was started, and nothing ended."""
    listed = [docker("stack", "ps", name, "--no-trunc", "--format", "{{.ID}} {{.DesiredState}}") for name in stacks]
    return [*listed, docker("ps", "--quiet")]
