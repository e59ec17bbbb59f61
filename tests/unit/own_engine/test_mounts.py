"""Mounts, as the kernel lists them."""

from __future__ import annotations

from reconciler.own_engine import mounts
from reconciler.own_engine.mounts import MountPoint, holding

MOUNTINFO = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b
30 27 0:25 / /run rw,nosuid - tmpfs tmpfs rw,mode=755
31 30 0:26 /docker.sock /run/docker.sock ro,relatime shared:1 - tmpfs tmpfs rw
32 27 254:0 /var/lib/docker/volumes/x/_data /with\040blank rw - ext4 /dev/vda rw
"""


def mount(point: str, root: str = "/", kind: str = "ext4") -> MountPoint:
    return MountPoint(root, point, kind, frozenset({"rw"}), frozenset({"rw"}))


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
