"""Desired state that is missing as a whole: its last good state is kept, for as long as it takes, and reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.loop import sources
from reconciler.loop.memory import Absences, Wanted
from reconciler.loop.settings import Settings
from reconciler.loop.sources import source_for
from tests.repository import Git

FILE = "services: {web: {image: a}}\n"


def moved(desired: Path) -> None:
    desired.rename(desired.parent / "away")


def replaced_by_a_file(desired: Path) -> None:
    moved(desired)
    desired.write_text("")


def replaced_by_a_link_to_itself(desired: Path) -> None:
    moved(desired)
    desired.symlink_to(desired)


def replaced_by_a_broken_link(desired: Path) -> None:
    moved(desired)
    desired.symlink_to(desired.parent / "nowhere")


def restored(desired: Path) -> None:
    if desired.is_symlink() or desired.exists():
        desired.unlink()
    (desired.parent / "away").rename(desired)


def names(wanted: Wanted) -> list[str]:
    return [service.name for service in wanted.services]


@pytest.mark.parametrize(
    "take_away", [moved, replaced_by_a_file, replaced_by_a_link_to_itself, replaced_by_a_broken_link]
)
def test_a_folder_that_is_away_for_many_passes(take_away: Callable[[Path], None], tmp_path: Path) -> None:
    desired = tmp_path / "desired"
    desired.mkdir()
    (desired / "a.yaml").write_text(FILE)
    read = source_for(Settings(desired))
    assert (names(read()), read().absence) == (["a_web"], None)
    take_away(desired)
    first = read()
    for _ in range(3):
        again = read()
        assert names(again) == ["a_web"]
        assert again.faults == first.faults
        assert again.absence == first.absence
    assert first.absence is not None
    assert "(since " in first.faults[0].message
    assert "the last good state is kept, and nothing is removed" in first.faults[0].message
    restored(desired)
    back = read()
    assert (names(back), back.faults, back.absence) == (["a_web"], (), None)


def test_a_folder_that_was_never_there_is_waited_for(tmp_path: Path) -> None:
    read = source_for(Settings(tmp_path / "desired"))
    wanted = read()
    assert wanted.absence is not None
    assert "it is waited for" in wanted.faults[0].message
    (tmp_path / "desired").mkdir()
    assert (read().faults, read().absence) == ((), None)


def test_an_empty_folder_on_another_device_is_one_whose_volume_was_unmounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text(FILE)
    device = 1
    monkeypatch.setattr(sources, "_device", lambda _: device)
    read = source_for(Settings(tmp_path))
    assert names(read()) == ["a_web"]
    device = 2
    assert read().absence is None  # what is there counts, on whatever device
    device = 1
    read()
    (tmp_path / "a.yaml").unlink()
    device = 2
    gone = [read(), read()]
    assert [names(each) for each in gone] == [["a_web"]] * 2
    assert gone[0].absence == gone[1].absence is not None
    device = 1
    empty = read()
    assert (names(empty), empty.absence) == ([], None)  # emptied by somebody: that is desired


def test_a_checkout_that_is_away_for_many_passes(tmp_path: Path) -> None:
    git = Git.init(tmp_path / "repo")
    git.commit(a=FILE)
    read = source_for(Settings(git.desired, committed=True))
    assert names(read()) == ["a_web"]
    for path in (git.top / ".git", git.top):
        path.rename(tmp_path / "away")
        gone = [read(), read()]
        assert [names(each) for each in gone] == [["a_web"]] * 2
        assert gone[0].absence == gone[1].absence is not None
        (tmp_path / "away").rename(path)
        assert (names(read()), read().absence) == (["a_web"], None)


def test_it_is_missing_since_it_was_first_found_so() -> None:
    now = 100.0
    absences = Absences(lambda: now)
    _, first = absences.seen((), "gone", kept=True)
    now = 200.0
    _, second = absences.seen((), "gone in another way", kept=True)
    absences.seen((), "", kept=True)
    _, third = absences.seen((), "gone", kept=True)
    assert [each.since for each in (first, second, third) if each] == [100.0, 100.0, 200.0]
