"""The command of an engine of our own, and the meaning of its last lines."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from reconciler.own_engine.engine_socket import Door, Origin, knock, look_at, origin_of
from reconciler.own_engine.mounts import MountPoint


def mount(point: str, root: str = "/", kind: str = "ext4") -> MountPoint:
    return MountPoint(root, point, kind, frozenset({"rw"}), frozenset({"rw"}))


@pytest.mark.parametrize(
    ("points", "origin"),
    [
        (["/", "/proc"], Origin.OURS),
        (["/", "/run/docker.sock"], Origin.MOUNTED),
        (["/", "/run"], Origin.FOLDER_MOUNTED),
        (["/", "/run", "/run/docker.sock"], Origin.MOUNTED),
        (["/", "/run/docker"], Origin.OURS),
    ],
)
def test_how_a_path_got_here(points: list[str], origin: Origin) -> None:
    assert origin_of("/run/docker.sock", map(mount, points)) is origin


def test_a_socket_is_knocked_at(tmp_path: Path) -> None:
    path, mark = tmp_path / "s", tmp_path / "mark"
    assert look_at(path, mark).door is Door.ABSENT
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(0o600)
        assert knock(path, path.stat()) is Door.SILENT
        server.listen()
        assert knock(path, path.stat()) is Door.OPEN
        assert look_at(path, mark).group is None
        path.chmod(0o660)
        assert look_at(path, mark).group == path.stat().st_gid
    mark.touch()
    left = look_at(path, mark)
    assert (left.door, left.left_over) == (Door.SILENT, True)
    path.unlink()
    path.mkdir()
    assert look_at(path, mark).door is Door.NO_SOCKET


def test_an_engine_that_is_away_leaves_its_pid_file_beside(tmp_path: Path) -> None:
    (tmp_path / "docker.pid").write_text("12")
    assert look_at(tmp_path / "docker.sock", tmp_path / "mark").engine_beside
