"""What a loop leaves behind for the next one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.control.health import health
from reconciler.control.state import Place, State, touch
from tests.unit.control.world import state


@pytest.mark.parametrize(
    ("later", "forced", "under_way", "undone"),
    [
        (0, False, False, False),
        (5, False, False, True),  # after the last forced pass began
        (-86_400, False, False, True),  # the clock was set back meanwhile
        (0, True, True, True),  # it died over the pass
        (0, True, False, False),
        (0, False, True, False),
    ],
)
def test_a_forced_pass_that_was_asked_for_isnt_lost_with_its_loop(
    later: int, forced: bool, under_way: bool, undone: bool, tmp_path: Path
) -> None:
    place, trigger = Place(tmp_path, "reconciler"), tmp_path / ".reload-trigger"
    trigger.touch()
    replace(state(), forced=forced, under_way=under_way, touched=touch(trigger)).write(place)
    if later:
        at = trigger.stat().st_mtime + later
        os.utime(trigger, (at, at))
    assert State.left_undone(place, trigger) is undone


def test_a_trigger_that_was_made_or_removed_meanwhile(tmp_path: Path) -> None:
    place, trigger = Place(tmp_path, "reconciler"), tmp_path / ".reload-trigger"
    replace(state(), touched=touch(trigger)).write(place)
    assert not State.left_undone(place, trigger)
    trigger.touch()
    assert State.left_undone(place, trigger)
    replace(state(), touched=touch(trigger)).write(place)
    trigger.unlink()
    assert not State.left_undone(place, trigger)


def is_a_pipe(file: Path) -> None:
    os.mkfifo(file)


def is_a_device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def is_huge(file: Path) -> None:
    file.touch()
    os.truncate(file, 1 << 40)


def is_deep(file: Path) -> None:
    file.write_text("[" * 30_000)


def has_a_huge_number(file: Path) -> None:
    file.write_text('{"format": ' + "1" * 5000 + "}")


def has_wrong_types(file: Path) -> None:
    file.write_text(json.dumps({**state().json(), "interval": "often"}))


def is_no_utf_8(file: Path) -> None:
    file.write_bytes(b'{"format": "\xff"}')


@pytest.mark.parametrize(
    "spoil", [is_a_pipe, is_a_device, is_huge, is_deep, has_a_huge_number, has_wrong_types, is_no_utf_8]
)
def test_whatever_is_in_place_of_the_file_is_no_state_and_keeps_nobody_waiting(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    place = Place(tmp_path, "reconciler")
    spoil(place.state)
    with pytest.raises(ValueError, match=r"state|JSON|longer|regular|digits"):
        State.read(place)
    assert not State.left_undone(place, tmp_path / ".reload-trigger")
    assert not health(place).good


def test_an_older_loop_knew_fewer_fields(tmp_path: Path) -> None:
    said = state().json()
    del said["touched"]
    assert State.of(said) == state()


@pytest.mark.parametrize("text", [None, "", "{}"])
def test_a_loop_that_nobody_was_before_finds_nothing(text: str | None, tmp_path: Path) -> None:
    place, trigger = Place(tmp_path, "reconciler"), tmp_path / ".reload-trigger"
    trigger.touch()
    if text is not None:
        place.state.write_text(text)
    assert not State.left_undone(place, trigger)
