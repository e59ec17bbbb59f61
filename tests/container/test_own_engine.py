"""An engine of our own: killed, started again, and moved to another address, with its data on a volume."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest

from tests.container.running import Container, Mode, Yard
from tests.swarm.looping import compose, service
from tests.swarm.waiting import until

NETWORK, PREFIX = "moving", "10.79.0"


@pytest.fixture
def volume(yard: Yard) -> Iterator[str]:
    """A named one for an engine's data."""
    name = f"engine-{secrets.token_hex(4)}"
    yield name
    yard.docker("volume", "rm", "--force", name)


@pytest.fixture
def at(yard: Yard) -> Iterator[Callable[[int], tuple[str, ...]]]:
    """Options for an address of choice. A name server is asked in vain, and refuses at once: Docker's own is silent."""
    yard.docker("network", "create", "--subnet", f"{PREFIX}.0/24", NETWORK)
    names = yard.folder / "resolv.conf"
    names.write_text("nameserver 127.0.0.1\n")
    network = ("--network", NETWORK, "--volume", f"{names}:/etc/resolv.conf:ro")
    yield lambda number: (*network, "--ip", f"{PREFIX}.{number}")
    yard.docker("network", "rm", NETWORK)


DIARY = 'volumes: ["diary:/diary"]\ndeploy: {endpoint_mode: dnsrr, restart_policy: {delay: 1s}}'


def desire(container: Container) -> None:
    text = compose(
        "own", {"a": service("echo started >> /diary/lines; exec sleep 1000", DIARY)}, "volumes: {diary: {}}"
    )
    container.write("own.yaml", text)


def lines(container: Container) -> int:
    """Starts that the service wrote down on its volume."""
    return len(container.docker("run", "--rm", "-v", "own_diary:/diary", "busybox", "cat", "/diary/lines").split())


def running(container: Container) -> list[str]:
    return container.docker("ps", "--quiet", "--filter", "label=com.docker.swarm.service.name=own_a").split()


def ready(container: Container, since: int = 0) -> None:
    container.report(lambda report: bool(report["services"]) and report["verdict"] == "Ready", since)


def comes_back(container: Container, since: int, starts: int) -> None:
    """Ready again, by a task that was started since; a stale one isn't taken for it."""
    ready(container, since)
    assert lines(container) == starts
    assert len(running(container)) == 1


def test_it_survives_kills_and_moves(yard: Yard, volume: str, at: Callable[[int], tuple[str, ...]]) -> None:
    with yard.container(Mode.DIND, *at(11), volume=volume) as container:
        container.answers()
        container.load("busybox:latest")
        desire(container)
        ready(container)
        assert lines(container) == 1
        node = container.docker("info", "--format", "{{.Swarm.NodeID}}")

        seen = len(container.records())
        yard.docker("kill", container.name)
        yard.docker("start", container.name)
        comes_back(container, seen, starts=2)

        seen = len(container.records())
        container.exec("sh", "-c", "kill -9 $(pidof dockerd)")
        until(lambda: lines_or_none(container) == 3, 60, container.log)
        ready(container, seen)
        assert len(running(container)) == 1
        assert container.docker("info", "--format", "{{.Swarm.NodeID}}") == node

    with yard.container(Mode.DIND, *at(12), volume=volume) as container:
        comes_back(container, 0, starts=4)
        assert container.docker("info", "--format", "{{.Swarm.NodeID}} {{.Swarm.NodeAddr}}") == f"{node} {PREFIX}.12"
        moved = [each for each in container.records() if each.get("message") == MOVED]
        assert [each["fields"]["address"] for each in moved] == [f"{PREFIX}.12"]
        yard.docker("stop", container.name)
        assert container.state()["ExitCode"] == 0


MOVED = "the Swarm's only manager has a new address"


def lines_or_none(container: Container) -> int:
    try:
        return lines(container)
    except AssertionError:
        return 0
