"""Wake-ups coalesce, keep their reasons, and lose none."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from reconciler.errors import EngineUnavailable
from reconciler.triggers import wakes as wakes_module
from reconciler.triggers.engine import Event, watch_engine
from reconciler.triggers.files import watch_desired, watch_trigger
from reconciler.triggers.wakes import TIMER, Wake, Wakes

FAR = 1e12


def in_loop(test: Callable[[Wakes], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(_awaited(test(Wakes())), 30)

    asyncio.run(main())


async def _awaited(awaitable: Awaitable[None]) -> None:
    await awaitable


def test_a_burst_makes_one_batch_and_what_comes_later_another() -> None:
    async def test(wakes: Wakes) -> None:
        for number in range(100):
            wakes.add(Wake(f"reason {number % 3}"))
        batch = await wakes.next(FAR)
        assert [wake.reason for wake in batch] == ["reason 0", "reason 1", "reason 2"]
        wakes.add(Wake("later", forced=True))
        assert await wakes.next(FAR) == (Wake("later", forced=True, agreed=False),)

    in_loop(test)


def test_nothing_until_the_deadline_is_the_timer() -> None:
    async def test(wakes: Wakes) -> None:
        assert await wakes.next(0) == (Wake(TIMER),)

    in_loop(test)


def test_a_wake_that_waits_comes_before_a_deadline_that_has_passed() -> None:
    async def test(wakes: Wakes) -> None:
        wakes.add(Wake("a"))
        assert await wakes.next(0) == (Wake("a"),)

    in_loop(test)


def test_a_burst_without_end_makes_a_pass_all_the_same() -> None:
    async def test(wakes: Wakes) -> None:
        async def endless() -> None:
            while True:
                wakes.add(Wake("again"))
                await asyncio.sleep(0.001)

        adding = asyncio.ensure_future(endless())
        assert await wakes.next(FAR) == (Wake("again"),)
        adding.cancel()

    in_loop(test)


async def woken(wakes: Wakes, words: str) -> Wake:
    """Wait for a wake-up with ``words`` in its reason; skip others."""
    while True:
        for wake in await wakes.next(FAR):
            if words in wake.reason:
                return wake


@pytest.fixture
def root(tmp_path: Path) -> Path:
    desired = tmp_path / "desired"
    desired.mkdir()
    return desired


def watching(root: Path, test: Callable[[Wakes], Awaitable[None]]) -> None:
    async def main(wakes: Wakes) -> None:
        watches = watch_desired(root, wakes), watch_trigger(root.parent / ".reload-trigger", wakes)
        watching = [asyncio.ensure_future(watch) for watch in watches]
        await woken(wakes, "is watched")
        await test(wakes)
        for watch in watching:
            assert not watch.done()
            watch.cancel()

    in_loop(main)


def test_an_edit_wakes(root: Path) -> None:
    async def test(wakes: Wakes) -> None:
        (root / "app.yaml").write_text("a")
        assert not (await woken(wakes, "app.yaml changed")).forced
        (root / "folder").mkdir()
        (root / "folder" / "compose.yaml").write_text("a")
        await woken(wakes, "the content of folder/")
        (root / "folder" / "compose.yaml").write_text("b")
        await woken(wakes, "compose.yaml changed")
        (root / "app.yaml").unlink()
        await woken(wakes, "app.yaml changed")

    watching(root, test)


def test_the_trigger_forces_when_it_is_made_touched_or_rewritten_and_not_when_it_goes(root: Path) -> None:
    trigger = root.parent / ".reload-trigger"

    async def test(wakes: Wakes) -> None:
        for change in (trigger.touch, trigger.touch, lambda: trigger.write_text("x")):
            change()
            assert (await woken(wakes, "touched")).forced
        trigger.unlink()
        (root / "after").write_text("")
        assert not any(wake.forced for wake in await wakes.next(FAR))

    watching(root, test)


def test_names_that_are_not_utf_8_are_escaped_and_end_no_watch(root: Path) -> None:
    odd = root / os.fsdecode(b"caf\xe9\n.txt")

    async def test(wakes: Wakes) -> None:
        for _ in range(3):
            odd.write_text("a")
            await woken(wakes, "desired changed")
            await woken(wakes, "is watched")
        (root / "\u202eb.yaml").write_text("a")
        await woken(wakes, r"\u202eb.yaml changed")

    watching(root, test)


def test_a_folder_that_is_deleted_and_made_again(root: Path) -> None:
    async def test(wakes: Wakes) -> None:
        (root / "app.yaml").write_text("a")
        (root / "app.yaml").unlink()
        root.rmdir()
        await woken(wakes, "was replaced")
        root.mkdir()
        await woken(wakes, "is watched")
        (root / "app.yaml").write_text("a")
        await woken(wakes, "app.yaml changed")

    watching(root, test)


def test_a_symlink_that_is_swapped(tmp_path: Path) -> None:
    one, two, root = tmp_path / "one", tmp_path / "two", tmp_path / "desired"
    one.mkdir()
    two.mkdir()
    root.symlink_to(one)

    async def test(wakes: Wakes) -> None:
        fresh = tmp_path / "fresh"
        fresh.symlink_to(two)
        fresh.rename(root)
        await woken(wakes, "was replaced")
        await woken(wakes, "is watched")
        (two / "app.yaml").write_text("a")
        await woken(wakes, "app.yaml changed")

    watching(root, test)


def test_a_file_behind_a_symlink(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "app.yaml").write_text("a")
    (root / "app.yaml").symlink_to(outside / "app.yaml")

    async def test(wakes: Wakes) -> None:
        (outside / "app.yaml").write_text("b")
        await woken(wakes, "app.yaml changed")

    watching(root, test)


@dataclass(frozen=True)
class Happened:
    type: str
    action: str
    name: str


def test_engine_events_wake_and_a_lost_stream_comes_back() -> None:
    streams = iter(
        [
            [Happened("service", "update", "web"), Happened("config", "update", "lease")],
            None,
            [Happened("service", "remove", "web")],
        ]
    )

    def watch(stop: threading.Event) -> Iterator[Event]:
        stream = next(streams, [])
        if stream is None:
            raise EngineUnavailable("no engine")
        return read(stream, stop)

    def read(stream: list[Happened], stop: threading.Event) -> Iterator[Event]:
        yield from stream
        if stream and stream[0].action == "update":
            raise EngineUnavailable("lost")
        stop.wait(20)

    async def test(wakes: Wakes) -> None:
        watching = asyncio.ensure_future(watch_engine(watch, wakes, lambda event: event.name == "lease"))
        seen: list[str] = []
        while "service web remove" not in seen:
            seen += [wake.reason for wake in await wakes.next(FAR)]
        watching.cancel()
        lost = seen.index("the engine's event stream was lost")
        assert seen.index("engine events are watched") < seen.index("service web update") < lost
        assert not any("lease" in reason for reason in seen)

    in_loop(test)


SIGNALLED = """
    import asyncio
    from reconciler.triggers.signals import watch_signals
    from reconciler.triggers.wakes import Wakes

    async def main():
        wakes, stop = Wakes(), asyncio.Event()
        watch_signals(wakes, stop)
        print("up", flush=True)
        print(await wakes.next(1e12), flush=True)
        await stop.wait()
        print("stopping", flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())
"""


def test_signals() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", dedent(SIGNALLED)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        os.kill(process.pid, signal.SIGHUP)
        assert process.stdout.readline() == "(Wake(reason='SIGHUP', forced=True, agreed=False),)\n"
        os.kill(process.pid, signal.SIGTERM)
        assert process.stdout.readline() == "stopping\n"
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.communicate()


def test_a_storm_of_forced_wakes_makes_two_passes_and_holds_nothing_else_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakes_module, "FORCED_APART", 0.3)

    async def test(wakes: Wakes) -> None:
        force = Wake("SIGHUP", forced=True, quiet=0.0)
        began = time.monotonic()
        wakes.add(force)
        assert await wakes.next(FAR) == (force,)
        for _ in range(100):
            wakes.add(force)
        wakes.add(Wake("an event"))
        assert await wakes.next(FAR) == (Wake("an event"),)
        assert await wakes.next(0) == (Wake(TIMER),)
        assert await wakes.next(FAR) == (force,)
        assert time.monotonic() - began >= 0.3
        assert await wakes.next(0) == (Wake(TIMER),)

    in_loop(test)
