"""Files that nobody foresaw cost their own stack a fault; its last good state and all other stacks stay in force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import file_stamp
from reconciler.compose import Reader, folder, stack
from reconciler.compose.lowering.stack import Source
from reconciler.loop.memory import LastGood, Wanted

GOOD = "services: {web: {image: a}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "compose.yaml").write_text(GOOD)
    (tmp_path / "other.yaml").write_text(GOOD)
    return tmp_path


def names(wanted: Wanted) -> list[str]:
    return sorted(service.name for service in wanted.services)


@pytest.mark.parametrize("escape", ["\\UFFFFFFFF", "\\U00110000", "\\UD8000000"])
def test_an_escape_beyond_unicode_is_a_fault_at_its_place(escape: str, root: Path) -> None:
    (root / "other.yaml").write_text(f'services:\n  web:\n    image: "{escape}"\n')
    found = Reader({}).read(root)
    assert [(fault.file, fault.line) for fault in found.faults] == [("other.yaml", 3)]
    assert [stack.name for stack in found.stacks] == ["shop"]


def test_an_exception_of_one_file_leaves_all_others(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last_good = LastGood({})
    last_good.read(root)
    lowered = stack._lowered

    def fails(source: Source) -> object:
        if source.name == "other.yaml":
            raise ZeroDivisionError
        return lowered(source)

    monkeypatch.setattr(stack, "_lowered", fails)
    (root / "other.yaml").write_text(GOOD + "# changed\n")
    wanted = last_good.read(root)
    assert names(wanted) == ["other_web", "shop_web"]
    assert ["ZeroDivisionError" in fault.message for fault in wanted.faults] == [True]


def test_an_exception_of_all_files_leaves_the_last_good_state(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last_good = LastGood({})
    last_good.read(root)

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(folder, "agree", fails)
    (root / "third.yaml").write_text(GOOD)
    wanted = last_good.read(root)
    assert names(wanted) == ["other_web", "shop_web"]
    assert len(wanted.faults) == 1


@pytest.mark.parametrize("name", [".env", "other.override.yaml"])
def test_a_link_that_leads_nowhere_is_no_file_that_was_withdrawn(
    name: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_stamp, "FRESH", -(10**12))
    (root / name).symlink_to("nowhere")
    again = Reader({})
    assert [fault.message for fault in again.read(root).faults] == [f"{name} isn't there"]
    (root / name).unlink()
    assert again.read(root).faults == ()


def link_leads_nowhere(root: Path) -> None:
    (root / "shop").rename(root.parent / f"{root.name}-away")
    (root / "shop").symlink_to("nowhere")


def volume_is_unmounted(root: Path) -> None:
    (root / "shop" / "compose.yaml").unlink()


@pytest.mark.parametrize("take_away", [link_leads_nowhere, volume_is_unmounted])
def test_a_stacks_folder_that_is_away_keeps_its_last_good_state(
    take_away: Callable[[Path], None], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_device", lambda *_: -1)
    last_good = LastGood({})
    assert names(last_good.read(root)) == ["other_web", "shop_web"]
    take_away(root)
    for _ in range(2):
        wanted = last_good.read(root)
        assert names(wanted) == ["other_web", "shop_web"]
        assert [fault.file for fault in wanted.faults] == ["shop/compose.yaml"]


def test_a_stacks_file_that_is_removed_withdraws_the_stack(root: Path) -> None:
    last_good = LastGood({})
    last_good.read(root)
    (root / "shop" / "compose.yaml").unlink()
    assert names(last_good.read(root)) == ["other_web"]
