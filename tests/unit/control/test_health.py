"""A loop is healthy while it passes as often as it should and reaches its engine, whatever it finds there."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.clock import uptime
from reconciler.control.health import SLACK, health, judged
from reconciler.control.protocol import Upshot
from reconciler.control.state import Place, State
from reconciler.errors import UsageError
from tests.unit.control.world import state

IDLE = replace(state(), passes=4, began=1.0, ended=2.0, last=Upshot(4, "Degraded", True, failed=3))


@pytest.mark.parametrize(
    ("found", "began", "ended", "words"),
    [
        (IDLE, 61.0, 60.0, ""),
        (replace(IDLE, last=Upshot(4, "Ready", False, standby="process 7 on host")), 2.0, 1.0, ""),
        (replace(IDLE, under_way=True), 30.0, 90.0 + SLACK, ""),
        (replace(IDLE, last=None), 1.0, None, "starting"),
        (replace(IDLE, last=None), None, None, "starting"),
        (IDLE, 101.0, 60.5 + SLACK, "the last pass ended"),
        (replace(IDLE, under_way=True), 30.5 + SLACK, 31.0 + SLACK, "a pass takes for"),
        (replace(IDLE, last=Upshot(4, "Unknown", True, engine_error="none")), 2.0, 1.0, "can't be asked: none"),
    ],
)  # fmt: skip
def test_why_not(found: State, began: float | None, ended: float | None, words: str) -> None:
    told = judged(found, began, ended)
    assert told.good == (words == "")
    assert words in told.words


def test_a_loop_without_a_socket_is_judged_by_its_file(tmp_path: Path) -> None:
    place = Place(tmp_path, "reconciler")
    now = uptime()
    replace(IDLE, began=now - 2, ended=now - 1).write(place)
    assert health(place).good
    replace(IDLE, began=now - 202, ended=now - 201).write(place)
    assert "the last pass ended 201 s ago" in health(place).words


def test_a_loop_that_is_gone_isnt_healthy_whatever_it_wrote(tmp_path: Path) -> None:
    place = Place(tmp_path, "reconciler")
    now = uptime()
    gone = state().process.rpartition("/")[0] + "/1"
    replace(IDLE, process=gone, began=now - 2, ended=now - 1).write(place)
    assert "the loop is gone" in health(place).words


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', "[]", '{"format": 1, "process": "x"}', "null"])
def test_a_file_that_is_none_of_ours_is_said_to_be(tmp_path: Path, text: str) -> None:
    place = Place(tmp_path, "reconciler")
    place.state.write_text(text)
    told = health(place)
    assert not told.good
    assert "can't be read" in told.words


def test_the_state_file_holds_what_was_written_and_is_read_by_line(tmp_path: Path) -> None:
    place = Place(tmp_path, "reconciler")
    written = replace(IDLE, reload=Upshot(3, "Ready", True, 1, 2, 0, 0, needs_consent='a "b"\n"exit": 9'))
    written.write(place)
    assert State.read(place) == written
    lines = place.state.read_text().splitlines()
    [reload] = [line for line in lines if line.startswith('"reload": ')]
    assert reload.endswith('"exit": 1}')
    assert [path.name for path in tmp_path.iterdir()] == ["reconciler.json"]


def test_the_state_file_is_for_this_user_alone_and_is_written_through_no_link(tmp_path: Path) -> None:
    place, other = Place(tmp_path / "run", "reconciler"), tmp_path / "other"
    place.folder.mkdir()
    place.state.with_suffix(".new").symlink_to(other)
    for _ in range(2):
        IDLE.write(place)
    assert stat.S_IMODE(place.state.stat().st_mode) == 0o600
    assert State.read(place) == IDLE
    assert not other.exists()


def test_an_owner_names_a_file_and_no_folder(tmp_path: Path) -> None:
    environ = {"RECONCILER_RUN_DIR": str(tmp_path)}
    with pytest.raises(UsageError, match="without slashes"):
        Place.of(environ, "../elsewhere")
    assert Place.of(environ, "a.b").state.name == "a.b.json"
