"""Commands, signals and files in a container, as each engine has them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from reconciler.errors import NotFound
from reconciler.swarm.containers import Container, Containers
from tests.swarm.cli import Docker
from tests.swarm.waiting import until

pytestmark = pytest.mark.each_engine
SCRIPT = "trap 'exit 3' HUP; echo ready; while true; do sleep 0.1; done"


@pytest.fixture
def containers(host: str) -> Iterator[Containers]:
    found = Containers.connect(host, os.environ)
    yield found
    found.close()


@pytest.fixture
def container(docker: Docker, containers: Containers, stack: str) -> Iterator[Container]:
    docker("run", "--detach", "--name", stack, "--env=A=b=c", "--label=d=e", "busybox:latest", "sh", "-c", SCRIPT)
    until(lambda: "ready" in docker("logs", stack), what="its trap is set: a signal before is lost")
    yield containers.find(stack)
    docker("rm", "--force", stack)


def ran(containers: Containers, container: Container, *command: str) -> tuple[int, dict[int, bytes]]:
    """The exit code, and what came by each stream."""
    said = {1: b"", 2: b""}

    def hear(stream: int, part: bytes) -> None:
        said[stream] += part

    return containers.run(container, command, hear, silence=30), said


def test_commands(containers: Containers, container: Container) -> None:
    script = "echo out; echo err >&2; head -c 300000 /dev/zero | tr '\\0' x; exit 4"
    code, said = ran(containers, container, "sh", "-c", script)
    assert (code, len(said[1]), said[1][:4], said[2]) == (4, 300_004, b"out\n", b"err\n")
    for nothing, codes in (("nosuch", {126, 127}), ("/etc/passwd", {126})):
        code, said = ran(containers, container, nothing)
        assert code in codes
        assert said == {1: b"", 2: b""}


def test_files(containers: Containers, container: Container) -> None:
    assert containers.read(container, "/etc/passwd").startswith(b"root:")
    before = ran(containers, container, "ls", "-i", "/etc/passwd")
    containers.write(container, "/etc/passwd", b"new")
    assert containers.read(container, "/etc/passwd") == b"new"
    assert ran(containers, container, "ls", "-i", "/etc/passwd") != before  # so that who looks at it sees a touch
    containers.write(container, "/tmp/fresh", b"")
    assert ran(containers, container, "cat", "/tmp/fresh") == (0, {1: b"", 2: b""})
    for missing in ("/etc/nosuch", "/etc"):
        with pytest.raises(NotFound):
            containers.read(container, missing)
    with pytest.raises(NotFound):
        containers.write(container, "/nosuch/file", b"")


def test_signals_and_what_a_container_is(containers: Containers, container: Container) -> None:
    assert containers.find(container.id[:12]) == container
    assert (container.running, container.labels["d"], container.environ["A"]) == (True, "e", "b=c")
    containers.signal(container, "HUP")
    until(lambda: not containers.find(container.name).running)
    ended = containers.find(container.name)
    assert (ended.status, ended.exit_code) == ("exited", 3)
    with pytest.raises(NotFound):
        containers.find(f"{container.name}-none")
