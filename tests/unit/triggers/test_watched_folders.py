"""A desired folder is watched only as far as that costs little, and looking at it never blocks the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.triggers import files
from reconciler.triggers.wakes import Wakes
from reconciler.triggers.watched_folders import MOST_PLACES, TooMany, places


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "desired"
    root.mkdir()
    return root


def many_links(root: Path) -> None:
    for number in range(10 * MOST_PLACES):
        (root / f"link{number}").symlink_to("/etc/hostname")


def many_folders(root: Path) -> None:
    for number in range(MOST_PLACES + 1):
        (root / f"folder{number}").mkdir()


def a_link_to_many_folders(root: Path) -> None:
    many_folders(root.parent)
    (root / "link").symlink_to("..")


def a_link_to_the_kernel(root: Path) -> None:
    (root / "link").symlink_to("/proc")


@pytest.mark.parametrize("spoil", [many_links, many_folders, a_link_to_many_folders, a_link_to_the_kernel])
def test_too_many_places_arent_watched_and_hold_nothing_up(spoil: Callable[[Path], None], root: Path) -> None:
    spoil(root)

    async def watched() -> float:
        """Return the longest time in seconds for which nothing else could run."""
        watching = asyncio.ensure_future(files.watch_desired(root, Wakes()))
        longest, last = 0.0, time.monotonic()
        while not watching.done():
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        with pytest.raises(TooMany, match="folders and symlinks"):
            await watching
        return longest

    assert asyncio.run(watched()) < 2  # with all of them on the event loop: ten


def test_circles_and_links_that_lead_nowhere_end(root: Path) -> None:
    (root / "self").symlink_to(".")
    (root / "up").symlink_to("..")
    (root / "none").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    (root / "a").mkdir()
    (root / "a" / "back").symlink_to("..")
    found = places(root)
    assert {str(root), str(root / "a"), str(root / "up")} == set(found.folders)
    assert found.links[str(root / "none")] is None
    assert found.stand()


def test_of_a_folder_beside_only_what_is_linked_counts(root: Path) -> None:
    (root.parent / "beside").mkdir()
    (root.parent / "beside" / "a.yaml").write_text("")
    (root / "a.yaml").symlink_to(root.parent / "beside" / "a.yaml")
    found = places(root)
    assert found.beside == {str(root.parent / "beside")}
    assert found.counts(str(root.parent / "beside" / "a.yaml"))
    assert not found.counts(str(root.parent / "beside" / "busy.log"))
    assert not found.counts(str(root / ".git" / "HEAD"))
    assert found.stand()
    (root.parent / "beside").rename(root.parent / "away")
    assert not found.stand()
