"""Our image on an engine of the tests' own. What runs there is in ``running.py``; each test's leavings are swept."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.running import Container, Mode, Yard
from tests.swarm.cli import Docker
from tests.swarm.engines import HACK, PrivateEngine, private_engine

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.container)


@pytest.fixture(scope="session")
def engine() -> Iterator[PrivateEngine]:
    """One with a Swarm, with ``busybox:latest`` and ``reconciler:latest``."""
    with private_engine("containers", images="test reconciler") as engine:
        yield engine


@pytest.fixture(scope="session")
def platform(engine: PrivateEngine) -> PrivateEngine:
    """The same, with the images of the shipped platform."""
    for wanted in ("keep", "desired"):
        subprocess.run([HACK / "images", wanted], env={**os.environ, "DOCKER_HOST": engine.host}, check=True)
    return engine


@pytest.fixture
def yard(engine: PrivateEngine, tmp_path: Path) -> Iterator[Yard]:
    """Runs our image; whatever is left on the engine is removed afterwards, images aside."""
    yard = Yard(Docker(engine.host), tmp_path)
    yield yard
    yard.sweep()


@pytest.fixture(params=Mode)
def mode(request: pytest.FixtureRequest) -> Mode:
    """A test that asks for it runs in each mode."""
    mode: Mode = request.param
    return mode


@pytest.fixture
def container(yard: Yard, mode: Mode) -> Iterator[Container]:
    """One of our image, in each mode, whose engine has a Swarm and ``busybox:latest``; nothing is desired yet."""
    with yard.container(mode) as container:
        container.answers()
        container.load("busybox:latest")
        yield container
