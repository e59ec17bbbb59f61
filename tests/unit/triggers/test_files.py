"""A folder whose changes the kernel doesn't report."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from reconciler.triggers import files
from reconciler.triggers.wakes import TIMER, Wake, Wakes


def test_a_watch_that_fails_even_when_polling_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polled: list[bool] = []

    class Broken:
        def __init__(self, *_: Path, force_polling: bool, **__: object) -> None:
            polled.append(force_polling)

        def __aiter__(self) -> AsyncIterator[set[tuple[int, str]]]:
            raise OSError("too many of everything")

    monkeypatch.setattr(files, "awatch", Broken)

    async def watched() -> None:
        await files.watch_desired(tmp_path, Wakes())

    with pytest.raises(OSError, match="too many"):
        asyncio.run(watched())
    assert polled == [False, True]


def writing(root: Path) -> None:
    (root / "b.yaml").write_text("b")


def rewriting(root: Path) -> None:
    (root / "folder/compose.yaml").write_text("another")


def removing(root: Path) -> None:
    (root / "a.yaml").unlink()


def swapping(root: Path) -> None:
    root.rename(root.parent / "away")


def naming_it_oddly(root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9.yaml")).write_text("")


@pytest.mark.parametrize("change", [writing, rewriting, removing, swapping, naming_it_oddly])
def test_polling_sees_what_a_watch_would_have(
    change: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "POLL", 0.01)
    root = tmp_path / "desired"
    (root / "folder").mkdir(parents=True)
    (root / "a.yaml").write_text("a")
    (root / "folder/compose.yaml").write_text("a")

    async def polled() -> tuple[Wake, ...]:
        wakes = Wakes()
        polling = asyncio.ensure_future(files.poll_desired(root, wakes))
        await asyncio.sleep(0.05)  # nothing changes, and nothing wakes
        assert await wakes.next(0) == (Wake(TIMER),)
        change(root)
        async with asyncio.timeout(20):
            found = await wakes.next(1e12)
        polling.cancel()
        return found

    assert asyncio.run(polled()) == (Wake("desired/ changed"),)


def test_a_pass_begins_within_100_ms_of_the_last_change_of_a_burst() -> None:
    """watchfiles reports a burst at the second look after its last change, at the latest."""
    assert 2 * files.STEP < 100
