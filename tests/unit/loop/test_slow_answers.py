"""Answers that are long in coming hold nobody up, and get lost no more than they are asked for twice."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Literal

import pytest

from reconciler.desired.model import Options, Service
from reconciler.loop.digests import Digests
from reconciler.loop.slow_answers import SlowAnswers


class Registry:
    """Tells nothing before it is let go, save of what is quick."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        if not question.startswith("quick"):
            self.open.wait(10)
        return f"sha256:{question}"


async def the_end_of(late: SlowAnswers[Any]) -> None:
    await asyncio.wait(list(late._asked.values()))


def test_who_cant_wait_asks_again_later() -> None:
    async def scenario() -> None:
        registry = Registry()
        late = SlowAnswers(registry.ask)
        assert await late.answers(["quick", "slow"], 0.05) == {"quick": "sha256:quick"}
        assert late
        assert await late.answers(["slow"], 0.01) == {}
        registry.open.set()
        assert await late.answers(["slow"], 5) == {"slow": "sha256:slow"}
        assert not late
        assert sorted(registry.asked) == ["quick", "slow"]

    asyncio.run(scenario())


def test_what_nobody_asks_for_any_more_is_dropped() -> None:
    async def scenario() -> None:
        registry = Registry()
        late = SlowAnswers(registry.ask)
        assert await late.answers(["slow"], 0.01) == {}
        registry.open.set()
        await the_end_of(late)
        assert await late.answers([], 0.01) == {}
        assert not late

    asyncio.run(scenario())


def test_so_many_at_once_and_no_more() -> None:
    async def scenario() -> None:
        registry = Registry()
        late = SlowAnswers(registry.ask, parallel=2)
        await late.answers(["a", "b", "c"], 0.05)
        assert len(registry.asked) == 2
        registry.open.set()
        assert len(await late.answers(["a", "b", "c"], 5)) == 3

    asyncio.run(scenario())


def service(image: str, policy: Literal["pin", "track"] = "pin") -> Service:
    spec = {"TaskTemplate": {"ContainerSpec": {"Image": image}}}
    return Service(image, "shop", image, spec, options=Options(image_policy=policy))


def late_ones(digests: Digests) -> bool:
    return digests.awaits


def test_a_digest_that_came_late_counts_from_the_next_pass_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        registry = Registry()
        digests = Digests(registry.ask, patience=0.05)
        services = [service("quick:1"), service("slow:1"), service("slow:1", "track")]
        await digests.refresh(services, 1000, forced=True)
        assert digests.known == {("pin", "quick:1"): "sha256:quick:1"}
        assert late_ones(digests)
        registry.open.set()
        await the_end_of(digests._late)
        await digests.refresh(services, 1001, forced=False)
        assert digests.known.keys() == {("pin", "quick:1"), ("pin", "slow:1"), ("track", "slow:1")}
        assert not late_ones(digests)
        assert sorted(registry.asked) == ["quick:1", "slow:1"]

    asyncio.run(scenario())
