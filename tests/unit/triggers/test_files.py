"""A folder whose changes the kernel doesn't tell of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reconciler.triggers import files
from reconciler.triggers.wakes import Wakes


def test_a_watch_that_fails_even_when_polling_leaves_passes_to_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled: list[bool] = []

    class Broken:
        def __init__(self, *_: Path, force_polling: bool, **__: object) -> None:
            polled.append(force_polling)

        def __aiter__(self) -> AsyncIterator[set[tuple[int, str]]]:
            raise OSError("too many of everything")

    monkeypatch.setattr(files, "awatch", Broken)
    monkeypatch.setattr(files, "LOOK", 0.01)

    async def watched() -> set[str]:
        wakes = Wakes()
        watching = asyncio.ensure_future(files.watch_desired(tmp_path, tmp_path / ".reload-trigger", wakes))
        try:
            while len(polled) < 4:
                await asyncio.sleep(0.001)
            assert not watching.done()
            return {wake.reason for wake in await wakes.next(0)}
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    assert asyncio.run(watched()) == {f"{tmp_path.name}/ is watched"}
    assert polled[:4] == [False, True, False, True]


def test_a_pass_begins_within_100_ms_of_the_last_change_of_a_burst() -> None:
    """watchfiles tells of a burst at the second look after its last change, at the latest."""
    assert 2 * files.STEP < 100
