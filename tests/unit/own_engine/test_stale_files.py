"""What a killed engine leaves behind is removed, and what is in use is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.own_engine import stale_files
from reconciler.own_engine.mounts import MountPoint
from reconciler.own_engine.stale_files import sweep


class Left:
    """An engine's files, and a ``/proc`` of our making."""

    def __init__(self, folder: Path) -> None:
        self.proc = folder / "proc"
        self.pidfile, self.exec_root = folder / "engine.pid", folder / "engine"
        self.containerd = self.exec_root / "containerd" / "containerd.pid"
        self.containerd.parent.mkdir(parents=True)
        self.proc.mkdir()
        self.pidfile.write_text("7")
        self.containerd.write_text("9")

    def process(self, pid: int, name: str, *arguments: str, state: str = "S") -> None:
        folder = self.proc / str(pid)
        folder.mkdir()
        (folder / "comm").write_text(f"{name}\n")
        (folder / "stat").write_text(f"{pid} ({name}) {state} 1 1")
        (folder / "cmdline").write_bytes(b"\0".join(word.encode() for word in (f"/usr/bin/{name}", *arguments, "")))

    def sweep(self, *, ours: bool = True) -> None:
        sweep(self.pidfile, self.exec_root, ours=ours, proc=self.proc)


@pytest.fixture
def left(tmp_path: Path) -> Left:
    return Left(tmp_path)


def test_after_a_container_was_started_again_nothing_is_left(left: Left) -> None:
    left.process(7, "python3", "-m", "reconciler")  # which now has the process id of the old engine
    left.process(9, "tini")
    left.sweep()
    assert not left.pidfile.exists()
    assert not left.exec_root.exists()


def test_of_a_folder_that_somebody_gave_to_dockerd_only_the_pid_file_goes(left: Left) -> None:
    other = left.exec_root / "somebody's"
    other.touch()
    left.sweep(ours=False)
    assert other.exists()
    assert not left.containerd.exists()
    assert not left.pidfile.exists()


def test_a_living_engine_is_left_alone(left: Left) -> None:
    left.process(7, "dockerd")
    left.process(9, "containerd", "--config", f"{left.exec_root}/containerd/containerd.toml")
    left.sweep()
    assert left.pidfile.exists()
    assert left.containerd.exists()


def test_a_dead_containerds_shims_keep_what_tells_of_their_containers(left: Left) -> None:
    left.process(9, "containerd", state="Z")
    left.process(12, "containerd-shim", "-address", f"{left.exec_root}/containerd/containerd.sock")
    left.sweep()
    assert not left.pidfile.exists()
    assert not left.containerd.exists()
    assert left.exec_root.exists()


def test_another_engines_processes_dont_count(left: Left) -> None:
    left.process(12, "containerd-shim", "-address", "/run/docker/containerd/containerd.sock")
    left.process(13, "grep", f"{left.exec_root}/containerd")
    left.sweep()
    assert not left.exec_root.exists()


def test_a_pid_file_of_garbage_is_stale(left: Left) -> None:
    left.pidfile.write_text("")
    left.sweep()
    assert not left.pidfile.exists()


def test_nothing_is_removed_through_a_mount_that_stays(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    data = left.exec_root / "volume" / "row"
    data.parent.mkdir()
    data.write_text("42")
    stays = MountPoint("/", str(data.parent), "ext4", frozenset(), frozenset())

    def refuse(target: str) -> None:
        raise OSError(22, "Invalid argument", target)

    monkeypatch.setattr(stale_files, "mounts", lambda: (stays,))
    monkeypatch.setattr(stale_files, "unmount", refuse)
    left.sweep()
    assert data.read_text() == "42"
