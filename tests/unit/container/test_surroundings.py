"""What is seen of a socket, of mounts and of capabilities."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from reconciler.container import mounts
from reconciler.container.mounts import Mount, holding
from reconciler.container.surroundings import Door, Origin, capabilities_missing, knock, look_at, origin_of

MOUNTINFO = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b
30 27 0:25 / /run rw,nosuid - tmpfs tmpfs rw,mode=755
31 30 0:26 /docker.sock /run/docker.sock ro,relatime shared:1 - tmpfs tmpfs rw
32 27 254:0 /var/lib/docker/volumes/x/_data /with\040blank rw - ext4 /dev/vda rw
"""


def mount(point: str, root: str = "/", kind: str = "ext4") -> Mount:
    return Mount(root, point, kind, frozenset({"rw"}), frozenset({"rw"}))


def test_mounts_are_read_as_the_kernel_writes_them() -> None:
    found = mounts.read(MOUNTINFO)
    assert [each.point for each in found] == ["/proc", "/", "/run", "/run/docker.sock", "/with blank"]
    assert found[3].read_only
    assert (found[3].kind, found[3].root) == ("tmpfs", "/docker.sock")
    assert "lowerdir=/a:/b" in found[1].super_options


def test_a_path_lies_on_the_innermost_mount_and_of_several_on_the_last() -> None:
    mounted = [mount("/"), mount("/var/lib", kind="a"), mount("/var/lib", kind="b"), mount("/var/libx")]
    assert holding("/var/lib/docker", mounted).kind == "b"
    assert holding("/var/libx", mounted).point == "/var/libx"
    assert holding("/etc", mounted).point == "/"


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


@pytest.mark.parametrize(
    ("effective", "missing"),
    [
        ("000001ffffffffff", ()),
        ("000001fffeffffff", ()),  # all but SYS_RESOURCE
        ("00000000a80425fb", ("NET_ADMIN", "SYS_ADMIN")),  # Docker's own
        ("00000000a80435fb", ("SYS_ADMIN",)),
    ],
)
def test_capabilities_that_are_missing(effective: str, missing: tuple[str, ...]) -> None:
    assert capabilities_missing(f"Name:\tx\nCapPrm:\t0\nCapEff:\t{effective}\nCapBnd:\t0\n") == missing
