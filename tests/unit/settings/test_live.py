"""Settings of a running loop follow their file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.settings.file import effective
from reconciler.settings.layers import Layers
from reconciler.settings.live import KEPT, LiveSettings


def live(file: Path, text: str, command: str = "run", **environ: str) -> LiveSettings:
    file.write_text(text)
    layers = Layers(command, {"config": file}, environ)
    return LiveSettings(layers, effective(layers))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "reconciler.yaml"


def test_what_can_be_taken_over_is(file: Path) -> None:
    found = live(file, "interval: 60s")
    assert found.look() is None
    file.write_text("interval: 5s\nredact: all")
    assert found.look() == ("redact", "interval")
    assert (found.settings.interval, found.settings.redact.value) == (5.0, "all")
    assert (found.faults, found.warnings) == ((), ())
    file.write_text("")
    assert found.look() == ("redact", "interval")
    assert found.settings.interval == 60.0


def test_what_takes_a_restart_is_named_until_it_is_undone(file: Path) -> None:
    found = live(file, "owner: a\ntrigger: t")
    file.write_text("interval: 5s\nowner: b")
    assert found.look() == ("interval",)
    assert found.settings.owner == "a"
    assert found.waiting == ("owner", "trigger")
    assert [str(warning) for warning in found.warnings] == [
        f"{file}:2:0: owner has changed from a, which stays in force (restart the loop to take it over)",
        f"{file}:0:0: trigger has changed from {file.parent}/t, which stays in force "
        "(restart the loop to take it over)",
    ]
    file.write_text("interval: 5s\nowner: a\ntrigger: t")
    assert found.look() == ()
    assert not found.warnings
    assert not found.waiting


@pytest.mark.parametrize("broken", ["interval: soon", "interval: [", None])
def test_a_broken_change_leaves_the_last_good_settings(file: Path, broken: str | None) -> None:
    found = live(file, "interval: 7s")
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    assert found.look() == ()
    assert found.settings.interval == 7.0
    (fault,) = found.faults
    assert fault.file == str(file)
    assert KEPT in fault.hint
    file.write_text("interval: 8s")
    assert found.look() == ("interval",)
    assert found.faults == ()


def test_options_and_variables_win_over_a_change(file: Path) -> None:
    found = live(file, "interval: 7s", RECONCILER_INTERVAL="9s")
    file.write_text("interval: 8s")
    assert found.look() is None
    assert found.settings.interval == 9.0


def test_a_settled_file_isnt_read_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = live(file, "interval: 7s")
    os.utime(file, (1, 1))
    found.look()
    monkeypatch.setattr("reconciler.file_stamp.FRESH", -(10**19))  # as if it were written long ago
    found.look()
    monkeypatch.setattr("reconciler.settings.live.read", lambda _: pytest.fail("it was read"))
    assert found.look() is None


def test_settings_of_an_app_take_a_restart(file: Path) -> None:
    found = live(file, "app: {restart: always}", command="entrypoint")
    file.write_text("app: {restart: never}\njoin_token: SWMTKN-1-x")
    assert found.look() == ()
    assert found.waiting == ("join_token", "app.restart")
    assert not any("SWMTKN" in str(warning) for warning in found.warnings)


def test_without_a_file_nothing_changes() -> None:
    layers = Layers("run")
    found = LiveSettings(layers, layers.effective())
    assert (found.file, found.look()) == (None, None)
