"""Where an engine's containers belong, and making room below a group of version 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.own_engine.cgroups import LEAF, base_of, group_of, nest, parent_below

OWN = "8:pids:/docker/1\n5:cpu,cpuacct:/docker/2\n1:name=systemd:/docker/3\n0::/docker/4\n"


@pytest.mark.parametrize(("controller", "path"), [("pids", "/docker/1"), ("cpuacct", "/docker/2"), ("", "/docker/4")])
def test_a_controllers_group(controller: str, path: str) -> None:
    assert group_of(OWN, controller) == path


@pytest.mark.parametrize(
    ("group", "root", "parent"),
    [
        ("/", "/", ""),  # a namespace of its own
        ("/reconciler", "/", ""),  # we moved there before
        ("/docker/1", "/docker/1", ""),  # the host's namespace, of which only our group is mounted
        ("/docker/1/reconciler", "/docker/1", ""),
        ("/docker/1", "/", "/docker/1/engine"),  # the host's namespace, mounted whole
        ("/docker/1/reconciler", "/", "/docker/1/engine"),
        ("/pod/1/x", "/pod", "/1/x/engine"),
        ("/docker/12", "/docker/1", "/docker/12/engine"),
        ("/../outside", "/", ""),
    ],
)
def test_containers_go_below_our_own_group(group: str, root: str, parent: str) -> None:
    assert parent_below(base_of(group, root)) == parent


def test_every_controller_is_handed_down_and_the_machines_root_keeps_its_processes(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory\n")
    (tmp_path / "cgroup.procs").write_text("1\n2\n")
    nest(tmp_path)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory"  # the last one written
    assert not (tmp_path / LEAF).exists()
