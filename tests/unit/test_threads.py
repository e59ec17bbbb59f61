"""Calls beside the event loop: their results and errors come back, and threads are used again."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial

import pytest

from reconciler import threads as module
from reconciler.threads import aside


def fail() -> None:
    raise KeyError("no")


def test_results_and_errors_come_back() -> None:
    async def main() -> list[int]:
        with pytest.raises(KeyError):
            await aside(fail)
        return await asyncio.gather(*(aside(partial(pow, number, 2)) for number in range(50)))

    assert asyncio.run(main()) == [number**2 for number in range(50)]


def test_one_call_after_another_takes_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_idle", [])  # without the threads of other tests

    async def main() -> set[int | None]:
        seen = set()
        for _ in range(20):
            seen.add(await aside(lambda: threading.current_thread().ident))
            async with asyncio.timeout(10):
                while not module._idle:  # the thread that made it has yet to say that it is free
                    await asyncio.sleep(0.001)
        return seen

    assert len(asyncio.run(main())) == 1


def test_a_call_that_hangs_holds_up_nothing() -> None:
    over = threading.Event()

    async def main() -> str:
        with pytest.raises(TimeoutError):
            await aside(over.wait, within=0.05)
        return await aside(lambda: "done", within=5)

    try:
        assert asyncio.run(main()) == "done"
    finally:
        over.set()


def test_a_thread_that_nobody_wants_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE", 0.05)
    monkeypatch.setattr(module, "_idle", [])
    thread = asyncio.run(aside(threading.current_thread))
    deadline = time.monotonic() + 10
    while thread.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert module._idle == []
