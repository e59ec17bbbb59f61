"""The loop as a whole over a small Swarm in memory: what wakes it, what it publishes, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import Conflict, EngineUnavailable
from reconciler.loop import converging
from reconciler.loop.converging import converge
from reconciler.loop.run import run
from reconciler.notes.lease import acting
from reconciler.observed.model import Snapshot
from reconciler.status.report import Report
from reconciler.verdict.model import Verdict
from tests.unit.loop.process import Process, process

PATIENCE = 20.0
"""Seconds after which a condition that doesn't come fails a test."""


@pytest.fixture
def shop(tmp_path: Path) -> Process:
    run_dir = tmp_path / "run"
    run_dir.mkdir(mode=0o700)
    made = process(tmp_path / "desired", environ={"RECONCILER_RUN_DIR": str(run_dir)})
    made.write("shop", "services: {web: {image: 'web:1'}}\n")
    return made


class Watched:
    """Reports of a loop, and conditions on them that are awaited."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self._seen = 0

    async def until(self, condition: Callable[[Report], bool]) -> Report:
        """Return the next report that fulfils it; those up to the last one returned are over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while self._seen < len(self.reports):
                    self._seen += 1
                    if condition(self.reports[self._seen - 1]):
                        return self.reports[self._seen - 1]
                await asyncio.sleep(0.01)


def looped(made: Process, story: Callable[[Watched], Coroutine[Any, Any, None]]) -> None:
    """Run the loop beside a story, and end it by SIGTERM."""

    async def go() -> None:
        watched = Watched()
        loop = asyncio.ensure_future(run(made.reconciler, watched.reports.append))
        try:
            await story(watched)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                await loop

    asyncio.run(go())


def ready(report: Report) -> bool:
    return report.verdict is Verdict.READY


def holder(made: Process) -> str:
    return acting(made.swarm.state.things["config"], "reconciler")


def test_a_loop_converges_and_gives_its_lease_up_when_it_ends(shop: Process) -> None:
    async def story(watched: Watched) -> None:
        await watched.until(lambda report: "start" in report.wakes)
        await watched.until(ready)
        assert holder(shop).startswith("process ")

    looped(shop, story)
    assert shop.swarm.names("service") == ["shop_web"]
    assert holder(shop) == ""


def test_an_edit_and_the_trigger_file_wake_it(shop: Process) -> None:
    async def story(watched: Watched) -> None:
        await watched.until(ready)
        shop.write("shop", "services: {web: {image: 'web:2'}}\n")
        await watched.until(lambda report: any("update" in str(o.action.verb) for o in report.outcomes))
        shop.parts.settings.trigger_file.touch()
        await watched.until(lambda report: report.forced)

    looped(shop, story)
    spec = shop.swarm.state.things["service"]["shop_web"].spec
    assert spec["TaskTemplate"]["ContainerSpec"]["Image"] == "web:2"


def test_sighup_forces_a_pass(shop: Process) -> None:
    async def story(watched: Watched) -> None:
        await watched.until(ready)
        os.kill(os.getpid(), signal.SIGHUP)
        report = await watched.until(lambda report: report.forced)
        assert "SIGHUP" in report.wakes

    looped(shop, story)


def test_an_engine_that_goes_and_comes_back_ends_nothing(shop: Process) -> None:
    async def story(watched: Watched) -> None:
        await watched.until(ready)
        shop.swarm.state.gone = EngineUnavailable("the engine doesn't answer")
        shop.swarm.change("shop_web", Image="web:9")
        shop.parts.settings.trigger_file.touch()
        await watched.until(lambda report: bool(report.engine_error))
        shop.swarm.state.gone = None
        await watched.until(lambda report: bool(report.outcomes) and not report.engine_error and not report.plan.holds)

    looped(shop, story)
    assert "update service shop_web" in shop.swarm.written


def test_a_fault_of_our_own_in_a_pass_is_reported_and_the_loop_goes_on(shop: Process) -> None:
    observe = shop.swarm.observe
    raised: list[Exception] = [ZeroDivisionError("a fault of ours")]

    def faulty() -> Snapshot:
        if raised:
            raise raised.pop()
        return observe()

    shop.swarm.observe = faulty  # type: ignore[method-assign]

    async def story(watched: Watched) -> None:
        await watched.until(lambda report: "ZeroDivisionError" in report.engine_error)
        await watched.until(ready)

    looped(shop, story)


def test_a_glance_between_passes_writes_nothing(shop: Process) -> None:
    async def story(watched: Watched) -> None:
        await watched.until(ready)
        before = list(shop.swarm.written)
        found = await shop.reconciler.glance()
        assert found is not None
        report, snapshot = found
        assert (report.verdict, list(snapshot.services)) == (Verdict.READY, ["shop_web"])
        assert shop.swarm.written == before

    looped(shop, story)


def test_apply_ends_when_everything_is_settled(shop: Process) -> None:
    reports: list[Report] = []
    last = asyncio.run(converge(shop.reconciler, reports.append, timeout=PATIENCE))
    assert last.verdict is Verdict.READY
    assert reports[-1] is last
    assert holder(shop) == ""


def test_apply_gives_an_engine_up_that_never_answers(shop: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converging, "CONTACT", 0.1)
    shop.swarm.state.gone = EngineUnavailable("nobody listens")
    with pytest.raises(EngineUnavailable, match="nobody listens"):
        asyncio.run(converge(shop.reconciler, lambda _: None, timeout=PATIENCE))


def test_apply_ends_on_what_it_sees_after_the_last_write(shop: Process) -> None:
    """One look before the lease is taken, one after, and one at what was written: no further pass is made."""
    reports: list[Report] = []
    looks: list[str] = []
    shop.swarm.state.before = looks.append
    last = asyncio.run(converge(shop.reconciler, reports.append, timeout=PATIENCE))
    assert looks.count("observe") == 3
    assert [bool(report.outcomes) for report in reports] == [True, False]
    assert (last.settled, bool(last.plan), last.id) == (True, False, 2)


def test_apply_goes_on_where_a_write_failed(shop: Process) -> None:
    shop.swarm.state.refusals["create service shop_web"] = Conflict("still in use")
    reports: list[Report] = []

    def seen(report: Report) -> None:
        reports.append(report)
        shop.swarm.state.refusals.clear()
        shop.swarm.state.clock.now += 1.0  # what the engine refused is tried again later

    last = asyncio.run(converge(shop.reconciler, seen, timeout=PATIENCE))
    assert last.verdict is Verdict.READY
    assert [outcome.passing for outcome in reports[0].outcomes] == [False, True]
