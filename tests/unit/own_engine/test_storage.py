"""What is said of where an engine's data lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.own_engine import storage
from reconciler.own_engine.mounts import MountPoint
from reconciler.own_engine.storage import lasting, look_at

DATA = Path("/var/lib/docker")


def mount(point: str, root: str = "/", kind: str = "ext4") -> MountPoint:
    return MountPoint(root, point, kind, frozenset(), frozenset())


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (mount("/"), "is no volume"),
        (mount("/var/lib/docker", kind="tmpfs"), "is in memory"),
        (mount("/var/lib/docker", f"/var/lib/docker/volumes/{'0af' * 21}0/_data"), "without a name"),
        (mount("/var/lib/docker", "/var/lib/docker/volumes/engine/_data"), ""),
        (mount("/var/lib/docker", "/srv/engine"), ""),
    ],
)
def test_what_becomes_of_the_data_is_told(on: MountPoint, words: str) -> None:
    said = " ".join(lasting(DATA, on))
    assert words in said
    assert bool(said) is bool(words)
    assert not said or "-v reconciler-engine:/var/lib/docker" in said


@pytest.mark.parametrize(
    ("used", "works", "driver"),
    [((), True, ""), (("overlay2",), False, ""), ((), False, "vfs"), (("vfs",), True, "vfs")],
)
def test_the_driver_that_works_is_taken_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: tuple[str, ...], works: bool, driver: str
) -> None:
    monkeypatch.setattr(storage, "overlay_works", lambda _: works)
    monkeypatch.setattr(storage, "fuse_works", lambda: False)
    for name in used:
        (tmp_path / "image" / name).mkdir(parents=True)
    found = look_at(tmp_path)
    assert found.driver == driver
    assert any("vfs" in remark for remark in found.remarks) is (driver == "vfs")


def test_fuse_comes_before_copying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "overlay_works", lambda _: False)
    monkeypatch.setattr(storage, "fuse_works", lambda: True)
    assert look_at(tmp_path).driver == "fuse-overlayfs"
