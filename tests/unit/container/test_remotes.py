"""A Swarm's only manager is pointed to itself, and nobody else is."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from reconciler.container.remotes import point_to_itself

ME, OTHER = "ompn2kox4luip7xurpan8uvvx", "jhje3as7lcxtqzwv5ps7wnv0y"


def engine(folder: Path, remotes: object, *, manager: bool = True) -> Path:
    (folder / "certificates").mkdir()
    content = b64encode(b"\x30\x82 O=x CN=" + ME.encode() + b"\x00").decode()
    text = f"-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n"
    (folder / "certificates" / "swarm-node.crt").write_text(text)
    if manager:
        (folder / "raft").mkdir()
    (folder / "state.json").write_text(json.dumps(remotes))
    return folder


def noted(folder: Path) -> object:
    return json.loads((folder / "state.json").read_text())


def test_an_address_that_is_gone_becomes_its_own(tmp_path: Path) -> None:
    engine(tmp_path, [{"node_id": ME, "addr": "10.0.0.5:2377"}])
    assert point_to_itself(tmp_path, ["10.0.0.9"])
    assert noted(tmp_path) == [{"node_id": ME, "addr": "127.0.0.1:2377"}]
    assert not point_to_itself(tmp_path, ["10.0.0.9"])


@pytest.mark.parametrize(
    ("remotes", "manager"),
    [
        ([{"node_id": ME, "addr": "10.0.0.9:2377"}], True),
        ([{"node_id": ME, "addr": "127.0.0.1:2377"}], True),
        ([{"node_id": OTHER, "addr": "10.0.0.5:2377"}], True),
        ([{"node_id": ME, "addr": "10.0.0.5:2377"}, {"node_id": OTHER, "addr": "10.0.0.6:2377"}], True),
        ([{"node_id": OTHER, "addr": "10.0.0.5:2377"}], False),
        ([{"node_id": ME, "addr": "nowhere"}], True),
        ([], True),
        (None, True),
        ({"a": 1}, True),
    ],
)
def test_everything_else_stays(tmp_path: Path, remotes: object, manager: bool) -> None:
    engine(tmp_path, remotes, manager=manager)
    assert not point_to_itself(tmp_path, ["10.0.0.9"])
    assert noted(tmp_path) == remotes


def test_an_engine_without_a_swarm_has_nothing_to_mend(tmp_path: Path) -> None:
    assert not point_to_itself(tmp_path / "swarm", ["10.0.0.9"])
