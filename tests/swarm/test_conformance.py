"""The same specs as ``docker stack deploy`` makes on this engine, of stack files that cover every key it takes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.compose import read
from reconciler.swarm import Swarm
from tests.significant import significant
from tests.swarm.cli import Docker, client
from tests.swarm.looping import Program

CASES = Path(__file__).resolve().parents[1] / "cases" / "stacks"
NEWEST = 28
"""What `docker stack` makes of a file is what its newest client makes of it. Debian 12's own, 20.10, doesn't know half
of the keys: where there is no other, nothing is compared."""
VARIABLES = {"PLAIN": "plain", "EMPTY": "", "FROM_PROCESS": "yes"}


@pytest.fixture(scope="module", autouse=True)
def outside(host: str) -> Iterator[None]:
    """What the cases call external."""
    docker = Docker(host)
    networks = ("conformance-net", "conformance-net2")
    configs = ("conformance-config", "conformance-config2")
    for network in networks:
        docker("network", "create", "--driver", "overlay", network)
    for config in configs:
        docker("config", "create", config, "-", stdin="x")
    docker("secret", "create", "conformance-secret", "-", stdin="x")
    yield
    docker("network", "rm", *networks)
    docker("config", "rm", *configs)
    docker("secret", "rm", "conformance-secret")


@pytest.mark.parametrize("case", sorted(CASES.glob("*.yaml")) if client() >= NEWEST else [], ids=lambda path: path.stem)
def test_specs_are_those_of_docker_stack(
    case: Path, program: Program, stack: str, docker: Docker, swarm: Swarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = program.desired / stack
    shutil.copytree(CASES, folder, ignore=lambda _, names: [name for name in names if name.endswith(".yaml")])
    file = folder / "compose.yaml"
    shutil.copy(case, file)
    for name, value in {**VARIABLES, "STACK": stack}.items():
        monkeypatch.setenv(name, value)
    docker.deploy(file, stack)

    found = read(program.desired, os.environ)
    assert found.faults == ()
    (wanted,) = found.stacks
    there = swarm.observe()
    for kind, ours, theirs in (
        ("service", wanted.services, there.services),
        ("network", wanted.networks, there.networks),
        ("config", wanted.configs, there.configs),
        ("secret", wanted.secrets, there.secrets),
    ):
        made = {each.name: each.spec for each in ours if not getattr(each, "external", False)}
        assert made.keys() == of_stack(theirs, stack).keys(), kind
        for name, spec in made.items():
            assert significant(kind, spec) == significant(kind, theirs[name].spec), name

    plan = program.json("plan")
    assert plan["errors"] == []
    assert {(action["action"], action["restarts_tasks"]) for action in plan["actions"]} <= {("adopt", False)}
    changes = [change["path"] for action in plan["actions"] for change in action["changes"]]
    assert {path.rpartition("labels.")[2] for path in changes} <= {"io.reconciler.owner"}


def of_stack(objects: Mapping[str, Any], stack: str) -> dict[str, Any]:
    label = "com.docker.stack.namespace"
    return {name: each for name, each in objects.items() if (each.spec.get("Labels") or {}).get(label) == stack}
