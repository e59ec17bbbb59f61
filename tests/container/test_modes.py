"""Which engine our image takes, and what it says where there is none that will do."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.container.fake_engine import engine_of_api
from tests.container.running import IMAGE, SOCKET, Container, Mode, Yard
from tests.swarm.cli import Docker
from tests.swarm.looping import compose, service
from tests.swarm.nodes import PRIVILEGES
from tests.swarm.waiting import until

GROUP = 4242
USER = ("--user", "10001")


def ends(yard: Yard, *options: str) -> tuple[int, str]:
    """The exit code and the words of one that can't come up."""
    environ = {**os.environ, "DOCKER_HOST": yard.docker.host}
    command = ["docker", "run", "--rm", *options, IMAGE]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=600)
    return done.returncode, done.stdout + done.stderr


def says(container: Container, message: str, **fields: str) -> dict[str, Any]:
    """What the entrypoint said, once it has: its ``message``, each of ``fields`` a pattern that is found there."""

    def found() -> dict[str, Any] | None:
        said = [each for each in container.records() if each.get("message") == message]
        return next((each for each in said if all(_matches(each, *field) for field in fields.items())), None)

    return until(found, 60, lambda: f"it says {message}, {fields}; the log: {container.log()}")


def _matches(said: dict[str, Any], name: str, pattern: str) -> bool:
    return re.search(pattern, str(said["fields"].get(name, ""))) is not None


@pytest.fixture
def group(yard: Yard) -> Iterator[int]:
    """The socket's, for a while."""
    path = Path(yard.docker.host.removeprefix("unix://"))
    before = path.stat().st_gid
    os.chown(path, -1, GROUP)
    yield GROUP
    os.chown(path, -1, before)


def test_a_socket_may_be_mounted_read_only(yard: Yard) -> None:
    socket = yard.docker.host.removeprefix("unix://")
    with yard.container(Mode.DIND, "--volume", f"{socket}:{SOCKET}:ro") as container:
        assert says(container, "the engine")["fields"]["mode"] == "socket"
        container.write("a.yaml", compose("ro", {"a": service()}))
        container.ready()
    assert yard.docker("service", "ls", "--quiet", "--filter", "name=ro_a")


def test_the_folder_of_the_socket_may_be_mounted(yard: Yard) -> None:
    folder = str(Path(yard.docker.host.removeprefix("unix://")).parent)
    with yard.container(Mode.DIND, "--volume", f"{folder}:/var/run") as container:
        assert says(container, "the engine")["fields"]["mode"] == "socket"


def test_a_socket_of_another_group_says_which(yard: Yard, group: int) -> None:
    code, said = ends(yard, *USER, *yard.of(Mode.SOCKET))
    assert code == 69
    assert f"docker run --group-add {group}" in said
    with yard.container(Mode.SOCKET, *USER, "--group-add", str(group)) as container:
        says(container, "loop started")


def test_a_mounted_socket_that_doesnt_answer_yet_is_waited_for_and_an_engine_too_old_told(
    yard: Yard, tmp_path: Path
) -> None:
    path = tmp_path / "late.sock"
    with (
        engine_of_api("1.40", path) as answer,
        yard.container(Mode.DIND, "--volume", f"{path}:{SOCKET}") as container,
    ):
        assert says(container, "the engine")["fields"]["mode"] == "socket"
        says(container, "nobody answers at its socket yet", advice="another file now")
        says(container, "waiting for a Swarm to manage", why="Connection refused")
        answer()
        assert container.ended() == 69
        assert "speaks API 1.40, and 1.41 is the oldest that will do" in container.log()


def test_without_privileges_it_tells_what_is_missing_and_both_ways(yard: Yard) -> None:
    code, said = ends(yard)
    assert code == 69
    assert "lacks capabilities NET_ADMIN, SYS_ADMIN" in said
    assert "docker run … -v /var/run/docker.sock:/var/run/docker.sock" in said
    assert "docker run --privileged" in said
    code, said = ends(yard, "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN")
    assert code == 69
    assert "lacks permission to mount and to use keyrings" in said


def test_the_mode_may_be_given(yard: Yard) -> None:
    code, said = ends(yard, "--env", "RECONCILER_MODE=remote")
    assert code == 64
    assert "DOCKER_HOST" in said
    socket = yard.docker.host.removeprefix("unix://")
    with yard.container(
        Mode.DIND, "--volume", f"{socket}:/var/run/other.sock", environ={"DOCKER_HOST": "unix:///var/run/other.sock"}
    ) as container:
        assert says(container, "the engine")["fields"]["host"] == "unix:///var/run/other.sock"


def test_a_full_disk_is_waited_out(yard: Yard) -> None:
    with bare(yard, *PRIVILEGES, "--mount", "type=tmpfs,destination=/var/lib/docker,tmpfs-size=20m") as container:
        says(container, "waiting for room on the disk", why="/var/lib/docker is full")
        container.exec("mount", "-o", "remount,size=400m", "/var/lib/docker")
        container.answers()
        says(container, "the engine's data", why="is in memory")


def test_a_port_that_is_taken_is_told(yard: Yard) -> None:
    listen = ("--entrypoint", "python3", IMAGE, "-m", "http.server", "2377")
    holder = yard.docker("run", "--detach", *listen)
    until(lambda: yard.docker.succeeds("exec", holder, *LISTENS), what="somebody listens")
    code, said = ends(yard, *PRIVILEGES, "--network", f"container:{holder}")
    assert code == 69
    assert "2377: bind: address already in use" in said


LISTENS = ("python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 2377)).close()")


@contextmanager
def bare(yard: Yard, *options: str) -> Iterator[Container]:
    """With nothing but ``options``: none of what a mode brings along."""
    id_ = yard.docker("run", "--detach", "--env", "RECONCILER_OUTPUT=json", *options, IMAGE)
    try:
        yield Container(id_, Mode.DIND, yard.docker, yard.folder)
    finally:
        yard.docker("rm", "--force", "--volumes", id_)


def address(docker: Docker, name: str) -> str:
    networks = json.loads(docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", name))
    found: str = networks["bridge"]["IPAddress"]
    return found


def test_a_worker_says_that_it_needs_a_manager_and_goes_on_once_it_is_one(yard: Yard) -> None:
    with yard.container(Mode.DIND) as manager:
        manager.answers()
        where = address(yard.docker, manager.name)
        token = manager.docker("swarm", "join-token", "--quiet", "worker")
        environ = {"RECONCILER_JOIN": where, "RECONCILER_JOIN_TOKEN": token}
        with yard.container(Mode.DIND, environ={**environ, "RECONCILER_WORKER": "exit"}) as joining:
            assert joining.ended(60) == 69
            assert f"docker node promote {joining.name}" in joining.log()
        with yard.container(Mode.DIND, environ=environ) as joining:
            says(joining, "waiting for a Swarm to manage", why=f"docker node promote {joining.name}")
            manager.docker("node", "promote", joining.name)
            joining.answers(60)
            says(joining, "loop started")
            assert token not in joining.log()
            loop = next(pid for pid, words in joining.processes() if " run" in words)
            assert token.encode() not in Path(f"/proc/{loop}/environ").read_bytes()
