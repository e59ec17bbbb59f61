"""A Swarm's only manager gets its new address, and no other node does."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from reconciler.own_engine.manager_address import move

ME, OTHER = "ompn2kox4luip7xurpan8uvvx", "jhje3as7lcxtqzwv5ps7wnv0y"


def engine(folder: Path, remotes: object, *, manager: bool = True, advertise: str = "10.0.0.5:2377") -> Path:
    (folder / "certificates").mkdir()
    content = b64encode(b"\x30\x82 O=x CN=" + ME.encode() + b"\x00").decode()
    text = f"-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n"
    (folder / "certificates" / "swarm-node.crt").write_text(text)
    if manager:
        (folder / "raft").mkdir()
    (folder / "state.json").write_text(json.dumps(remotes))
    start = {"LocalAddr": "10.0.0.5", "ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": advertise, "DataPathPort": 4789}
    (folder / "docker-state.json").write_text(json.dumps(start))
    return folder


def noted(folder: Path) -> tuple[Any, str, str]:
    remotes, start = (json.loads((folder / name).read_text()) for name in ("state.json", "docker-state.json"))
    assert start["DataPathPort"] == 4789
    return remotes, start["LocalAddr"], start["AdvertiseAddr"]


ITSELF = [{"node_id": ME, "addr": "127.0.0.1:2377"}]


@pytest.mark.parametrize(
    ("here", "given", "moved", "local", "advertise"),
    [
        (["10.0.0.9", "10.1.0.9"], "", "10.0.0.9", "10.0.0.9", "10.0.0.9:2377"),
        (["10.0.0.9", "10.1.0.9"], "10.1.0.9", "10.1.0.9", "10.1.0.9", "10.1.0.9:2377"),
        (["10.0.0.9"], "93.184.216.34", "93.184.216.34", "10.0.0.9", "93.184.216.34:2377"),
        (["10.0.0.9"], "10.0.0.5", "", "10.0.0.5", "10.0.0.5:2377"),  # as before
        (["fd00::9"], "", "fd00::9", "fd00::9", "[fd00::9]:2377"),
    ],
)
def test_an_address_that_is_gone_is_exchanged(
    tmp_path: Path, here: list[str], given: str, moved: str, local: str, advertise: str
) -> None:
    engine(tmp_path, [{"node_id": ME, "addr": "10.0.0.5:2377"}])
    assert move(tmp_path, here, given) == moved
    assert noted(tmp_path) == (ITSELF, local, advertise)
    assert move(tmp_path, here, given) == ""
    assert noted(tmp_path) == (ITSELF, local, advertise)


def test_an_address_that_was_exchanged_before_is_noted_once(tmp_path: Path) -> None:
    """Raft goes on naming the very first address, so the engine notes it again."""
    engine(tmp_path, [{"node_id": ME, "addr": "10.0.0.5:2377"}], advertise="10.0.0.9:2377")
    assert move(tmp_path, ["10.0.0.9"]) == ""
    assert noted(tmp_path) == (ITSELF, "10.0.0.5", "10.0.0.9:2377")


@pytest.mark.parametrize(
    ("remotes", "manager"),
    [
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
    assert move(tmp_path, ["10.0.0.9"]) == ""
    assert noted(tmp_path) == (remotes, "10.0.0.5", "10.0.0.5:2377")


@pytest.mark.parametrize("here", [["10.0.0.5"], ["10.0.0.9", "10.0.0.5"], []])
def test_an_address_that_is_still_there_stays(tmp_path: Path, here: list[str]) -> None:
    engine(tmp_path, remotes := [{"node_id": ME, "addr": "10.0.0.5:2377"}])
    assert move(tmp_path, here) == ""
    assert noted(tmp_path) == (remotes, "10.0.0.5", "10.0.0.5:2377")


def test_a_loopback_address_stays(tmp_path: Path) -> None:
    engine(tmp_path, ITSELF, advertise="127.0.0.1:2377")
    assert move(tmp_path, ["10.0.0.9"]) == ""
    assert noted(tmp_path) == (ITSELF, "10.0.0.5", "127.0.0.1:2377")


def test_an_engine_without_a_swarm_has_nothing_to_mend(tmp_path: Path) -> None:
    assert move(tmp_path / "swarm", ["10.0.0.9"]) == ""
