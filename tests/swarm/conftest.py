"""Real engines with a real Swarm each: those at ``RECONCILER_TEST_HOST``, ``RECONCILER_TEST_HOST_TRIXIE`` and
``RECONCILER_TEST_HOST_SID`` (of several, separated by blanks, each worker of pytest-xdist has one of its own), or else
ones that ``hack/engine`` starts.

A test runs on an engine of Debian 12 (20.10); one that is marked ``each_engine`` also on those of Debian 13 (26.1) and
Debian sid (28.5 or later).
"""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

import pytest

from reconciler.errors import Conflict, NotFound
from reconciler.labels import STACK
from reconciler.observed.model import Snapshot, TaskState
from reconciler.swarm import Swarm
from tests.swarm.cli import Docker
from tests.swarm.engines import OLDEST, RELEASES, private_engine
from tests.swarm.looping import Program
from tests.swarm.waiting import until

HERE = Path(__file__).parent


def pytest_configure() -> None:
    """A shell ignores SIGINT in what it runs in the background, and programs that are started there heed none then."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.swarm)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "host" in metafunc.fixturenames and metafunc.definition.get_closest_marker("each_engine"):
        metafunc.parametrize("host", RELEASES, indirect=True)


@pytest.fixture(scope="session")
def engines() -> Iterator[Callable[[str], str]]:
    """The address of the engine of a Debian release; started when it is first asked for, if need be."""
    with ExitStack() as started:

        @cache
        def address(release: str) -> str:
            given = os.environ.get(RELEASES[release], "").split()
            if not given:
                return started.enter_context(private_engine("shared", release=release)).host
            return given[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % len(given)]

        yield address


@pytest.fixture(scope="session")
def host(request: pytest.FixtureRequest, engines: Callable[[str], str]) -> str:
    """The address of the engine that the tests use, one after another."""
    return engines(getattr(request, "param", OLDEST))


@pytest.fixture
def swarm(host: str) -> Iterator[Swarm]:
    """A Swarm of ours that has seen nothing yet."""
    swarm = Swarm.connect(host, os.environ)
    yield swarm
    swarm.close()


@pytest.fixture
def docker(host: str) -> Docker:
    """The Docker CLI on that engine: ``docker("service", "ls")``."""
    return Docker(host)


@pytest.fixture
def stack(swarm: Swarm, docker: Docker) -> Iterator[str]:
    """A stack name that no other test has. Whatever has it as label or as start of its name is removed afterwards."""
    name = f"t{secrets.token_hex(4)}"
    yield name
    _sweep(name, swarm, docker)


def _sweep(stack: str, swarm: Swarm, docker: Docker) -> None:
    for name, service in swarm.observe().services.items():
        if _of(stack, name, service.spec):
            swarm.remove_service(service.id)
    until(lambda: _swept(stack, swarm), what=f"everything of {stack} is gone")
    for volume in docker("volume", "ls", "-q", "--filter", f"name=^{stack}").split():
        until(partial(docker.succeeds, "volume", "rm", "-f", volume), what=f"volume {volume} is gone")


def _swept(stack: str, swarm: Swarm) -> bool:
    """Removes what can be removed by now; whether nothing was left to remove."""
    snapshot = swarm.observe()
    left = [
        *((swarm.remove_network, each.id) for name, each in snapshot.networks.items() if _of(stack, name, each.spec)),
        *((swarm.remove_config, each.id) for name, each in snapshot.configs.items() if _of(stack, name, each.spec)),
        *((swarm.remove_secret, each.id) for name, each in snapshot.secrets.items() if _of(stack, name, each.spec)),
    ]
    for remove, id_ in left:
        try:
            remove(id_)
        except (Conflict, NotFound):
            continue  # the next round sees to it
    return not left and not _tasks_left(stack, snapshot)


def _tasks_left(stack: str, snapshot: Snapshot) -> bool:
    """Whether containers of removed services still run: the next test would have to share the machine with them."""
    running = (task for tasks in snapshot.tasks.values() for task in tasks if task.state is TaskState.RUNNING)
    labels = ((task.spec.get("ContainerSpec") or {}).get("Labels") or {} for task in running)
    return any(label.get(STACK) == stack for label in labels)


def _of(stack: str, name: str, spec: dict[str, object]) -> bool:
    labels = spec.get("Labels")
    return name.startswith(stack) or (isinstance(labels, dict) and labels.get(STACK) == stack)


@pytest.fixture
def program(host: str, stack: str, tmp_path: Path) -> Program:
    """``reconciler`` with an owner and a desired folder of the test's own."""
    desired = tmp_path / "desired"
    desired.mkdir()
    return Program(host, stack, desired)
