"""Background tasks that fail are started again, replaced meanwhile, and reported until they work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from reconciler.errors import EngineUnavailable, Refused
from reconciler.loop import background_tasks
from reconciler.loop.background_tasks import Keeper, Task
from reconciler.triggers.wakes import Wake
from reconciler.unforeseen import in_words


@dataclass
class Source:
    """Fails as often as there are errors, then goes on for ever."""

    errors: list[BaseException]
    runs: int = 0
    polls: int = 0
    polling: bool = False
    woken: list[str] = field(default_factory=list)

    async def run(self) -> None:
        self.runs += 1
        if self.errors:
            raise self.errors.pop(0)
        await asyncio.Event().wait()

    async def poll(self) -> None:
        self.polls, self.polling = self.polls + 1, True
        try:
            await asyncio.Event().wait()
        finally:
            self.polling = False

    def wake(self, wake: Wake) -> None:
        self.woken.append(wake.reason)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_tasks, "FIRST", 0.001)
    monkeypatch.setattr(background_tasks, "LONGEST", 0.002)
    monkeypatch.setattr(background_tasks, "WELL", 0.3)


def kept(source: Source, test: Callable[[Keeper], Awaitable[None]]) -> None:
    async def main() -> None:
        keeper = Keeper(source.wake)
        task = asyncio.ensure_future(keeper.keep(Task("source", source.run, source.poll, "it is polled")))
        async with asyncio.timeout(20):
            await test(keeper)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not source.polling

    asyncio.run(main())


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_a_source_that_fails_is_replaced_reported_and_forgotten_once_it_works_again() -> None:
    source = Source([Refused("no events"), ValueError("secret"), RuntimeError("x")])

    async def test(keeper: Keeper) -> None:
        await until(lambda: source.runs == 4 and source.polling)
        (warning,) = keeper.warnings
        assert (warning.file, warning.hint) == ("source", "it is started again; meanwhile it is polled")
        assert "RuntimeError at test_background_tasks.py:" in warning.message
        await until(lambda: not keeper.warnings and not source.polling)
        assert source.polls == 1

    kept(source, test)
    assert source.woken == [*["source failed"] * 3, "source works again"]


def test_a_source_that_never_works_is_tried_for_ever_and_reported_once() -> None:
    source = Source([Refused("no events") for _ in range(50)])

    async def test(keeper: Keeper) -> None:
        await until(lambda: source.runs > 50)
        assert [warning.message for warning in keeper.warnings] == ["failed: no events"]

    kept(source, test)
    assert source.woken[:1] == ["source failed"]
    assert source.woken.count("source failed") == 1


def test_what_failed_is_said_without_what_may_be_a_secret() -> None:
    assert in_words(EngineUnavailable("the engine is away")) == "the engine is away"
    assert in_words(OSError(28, "No space left on device")) == "No space left on device"
    group = ExceptionGroup("unhandled", [ExceptionGroup("more", [ValueError("token=abc")])])
    assert in_words(group) == "a fault of our own, please report it: ValueError"
