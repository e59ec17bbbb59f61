"""The same specs as ``docker stack deploy`` makes on each engine: of stack files of our own, which cover every key it
takes, and of the real ones beside the project (shared/stacks; where they aren't, there are no such cases)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from reconciler.compose import read
from reconciler.desired.model import Service, Stack
from reconciler.labels import OWNER, STACK
from reconciler.observed.model import Snapshot
from reconciler.plan.draft import Rules
from reconciler.plan.engine_version import api_of, fitted, unmet
from reconciler.plan.model import Verb
from reconciler.plan.planner import make_plan
from reconciler.swarm import Swarm
from tests.significant import significant
from tests.swarm.cli import Docker
from tests.swarm.waiting import until

ROOT = Path(__file__).resolve().parents[2]
OWN = sorted((ROOT / "tests" / "cases" / "stacks").glob("*.yaml"))
REAL = sorted(path.parent for path in (ROOT.parent / "shared" / "stacks").glob("*/compose.yaml"))
VARIABLES = {"PLAIN": "plain", "EMPTY": "", "FROM_PROCESS": "yes"}

pytestmark = pytest.mark.each_engine


@pytest.fixture(scope="module", autouse=True)
def drained(host: str) -> Iterator[None]:
    """The node takes no tasks: specs are all that is looked at here."""
    docker = Docker(host)
    node = docker("node", "ls", "--quiet")
    docker("node", "update", "--availability", "drain", node)
    yield
    docker("node", "update", "--availability", "active", node)


@pytest.fixture
def outside(docker: Docker) -> Iterator[dict[str, set[str]]]:
    """What a stack calls external, by kind: made by the test, removed here (after the stack, for it comes before)."""
    made: dict[str, set[str]] = {"network": set(), "config": set(), "secret": set()}
    yield made
    for kind, names in made.items():
        if names:
            docker(kind, "rm", *names)


def _allocated(swarm: Swarm, stack: str) -> bool:
    """Whether Swarm has given each network of a stack its driver: a moment after its creation."""
    return all(network.spec.get("Driver") for network in of_stack(swarm.observe().networks, stack).values())


@pytest.mark.parametrize("case", [*OWN, *REAL], ids=lambda path: path.stem)
def test_specs_are_those_of_docker_stack(
    case: Path, outside: dict[str, set[str]], stack: str, docker: Docker, swarm: Swarm, tmp_path: Path
) -> None:
    environ = prepared(case, tmp_path / stack, stack)
    found = read(tmp_path, environ)
    assert found.faults == ()
    (wanted,) = found.stacks
    make_externals(wanted, swarm.observe(), docker, outside)
    docker.deploy(tmp_path / stack / "compose.yaml", stack, environ)

    with suppress(AssertionError):  # of some networks engine 28.5 never tells what it gave them
        until(lambda: _allocated(swarm, stack), deadline=2)
    there = swarm.observe()
    plan = make_plan((wanted,), there, Rules(owner=stack))
    api = api_of(there.engine)
    too_new = {need for service in wanted.services for need in unmet(service, api)}
    assert {error.message.partition(" needs ")[0] for error in plan.errors} == {
        need.key for need in too_new if not need.without
    }
    for kind, ours, theirs in (
        ("service", wanted.services, there.services),
        ("network", wanted.networks, there.networks),
        ("config", wanted.configs, there.configs),
        ("secret", wanted.secrets, there.secrets),
    ):
        made = {each.name: each for each in ours if not getattr(each, "external", False)}
        assert made.keys() == of_stack(theirs, stack).keys(), kind
        for name, each in made.items():
            if any(need in too_new and not need.without for need in getattr(each, "needs", ())):
                continue  # the engine left out what it doesn't know
            spec = fitted(each, api) if isinstance(each, Service) else each.spec
            assert significant(kind, spec) == significant(kind, theirs[name].spec), name
    if not plan.errors:
        assert {(action.verb, action.restarts_tasks) for action in plan.actions} <= {(Verb.ADOPT, False)}
        changes = [change.path for action in plan.actions for change in action.changes]
        assert {path.rpartition("labels.")[2] for path in changes} <= {OWNER}


def prepared(case: Path, folder: Path, stack: str) -> dict[str, str]:
    """The case as a folder, and the environment that its variables come from."""
    if case.is_file():
        shutil.copytree(case.parent, folder, ignore=shutil.ignore_patterns("*.yaml"))
        shutil.copy(case, folder / "compose.yaml")
        return {**os.environ, **VARIABLES, "STACK": stack}
    shutil.copytree(case, folder)
    variables = case / "interp.env"
    lines = variables.read_text().splitlines() if variables.exists() else []
    return {"PATH": os.environ["PATH"], "HOME": "/home/holdout", **dict(line.split("=", 1) for line in lines if line)}


def make_externals(wanted: Stack, there: Snapshot, docker: Docker, made: dict[str, set[str]]) -> None:
    for kind, objects, known in (
        ("network", wanted.networks, there.networks),
        ("config", wanted.configs, there.configs),
        ("secret", wanted.secrets, there.secrets),
    ):
        for name in {each.name for each in objects if each.external} - known.keys():
            made[kind].add(name)
            if kind == "network":
                docker("network", "create", "--driver", "overlay", "--attachable", name)
            else:
                docker(kind, "create", name, "-", stdin="x")


def of_stack(objects: Mapping[str, Any], stack: str) -> dict[str, Any]:
    return {name: each for name, each in objects.items() if (each.spec.get("Labels") or {}).get(STACK) == stack}
