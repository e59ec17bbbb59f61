"""Which container we run in, told by what an engine mounts into each."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.swarm.own_container import own_container

ID = "0f" * 32
MOUNT = "1001 980 259:1 {root} {target} rw,relatime - ext4 /dev/root rw\n"


def proc(folder: Path, mountinfo: str) -> Path:
    (folder / "self").mkdir()
    (folder / "self/mountinfo").write_text(mountinfo)
    return folder


@pytest.mark.parametrize("file", ["hostname", "hosts", "resolv.conf"])
@pytest.mark.parametrize("data", ["/var/lib/docker", "/srv/other/data"])
def test_a_container_is_known_by_the_files_that_its_engine_mounts(tmp_path: Path, file: str, data: str) -> None:
    line = MOUNT.format(root=f"{data}/containers/{ID}/{file}", target=f"/etc/{file}")
    assert own_container(proc(tmp_path, MOUNT.format(root="/", target="/") + line)) == ID


def test_outside_of_any_there_is_none(tmp_path: Path) -> None:
    assert own_container(proc(tmp_path, MOUNT.format(root="/srv/containers/hostname", target="/etc/hostname"))) == ""
    assert own_container(tmp_path / "nowhere") == ""
