"""What a loop leaves behind for the next one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.control.state import Place, State
from tests.unit.control.world import state


@pytest.mark.parametrize(
    ("touched", "forced", "under_way", "undone"),
    [
        (-5, False, False, False),
        (5, False, False, True),  # after the last word of the loop
        (-5, True, True, True),  # it died over the pass
        (-5, True, False, False),
        (-5, False, True, False),
    ],
)
def test_a_forced_pass_that_was_asked_for_isnt_lost_with_its_loop(
    touched: int, forced: bool, under_way: bool, undone: bool, tmp_path: Path
) -> None:
    place, trigger = Place(tmp_path, "reconciler"), tmp_path / ".reload-trigger"
    replace(state(), forced=forced, under_way=under_way).write(place)
    trigger.touch()
    written = place.state.stat().st_mtime
    os.utime(trigger, (written + touched, written + touched))
    assert State.left_undone(place, trigger) is undone


@pytest.mark.parametrize("text", [None, "", "{}"])
def test_a_loop_that_nobody_was_before_finds_nothing(text: str | None, tmp_path: Path) -> None:
    place, trigger = Place(tmp_path, "reconciler"), tmp_path / ".reload-trigger"
    trigger.touch()
    if text is not None:
        place.state.write_text(text)
    assert not State.left_undone(place, trigger)
