"""Server-sent events: what changes, in order, and nothing lost or kept for ever."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from reconciler.observed.model import TaskState
from reconciler.status.report import Report
from reconciler.web import feed as feeds
from reconciler.web.feed import BEHIND, KEPT, Feed
from reconciler.web.view import View
from tests.unit.web.site import Site, site
from tests.unit.web.world import report, shop

RUNNING, STARTING = shop(), shop(state=TaskState.STARTING)


REPORTS = {id(state): report(*state) for state in (RUNNING, STARTING)}


def view(number: int, state: tuple[Any, Any] = RUNNING) -> View:
    wanted, swarm = state
    made = replace(REPORTS[id(state)], id=number)
    return View(number, made, swarm, [wanted], "reconciler", plain=False)


def parsed(line: bytes) -> tuple[str, str, Any]:
    parts = dict(each.split(": ", 1) for each in line.decode().strip().splitlines())
    return parts["id"], parts["event"], json.loads(parts["data"])


async def events(stream: AsyncIterator[bytes], number: int) -> list[tuple[str, str, Any]]:
    found: list[tuple[str, str, Any]] = []
    async with asyncio.timeout(20):
        async for line in stream:
            if line.startswith(b"id:"):
                found.append(parsed(line))
            if len(found) == number:
                return found
    return found


async def begun(feed: Feed, last_id: str = "") -> AsyncIterator[bytes]:
    """A reader that has begun to follow."""
    stream = feed.follow(last_id)
    assert (await anext(stream)).startswith(b"retry:")
    return stream


def test_a_pass_tells_what_changed_and_no_more() -> None:
    async def go() -> None:
        feed = Feed()
        feed.publish(view(1))
        stream = await begun(feed)
        feed.publish(view(2))
        feed.publish(view(3, STARTING))
        first, *rest = await events(stream, 4)
        assert first[1] == "pass"
        assert [(kind, data.get("name")) for _, kind, data in rest] == [
            ("service", "app_db"),
            ("service", "app_web"),
            ("pass", None),
        ]
        assert rest[0][2]["verdict"] != "Ready"

    asyncio.run(go())


def test_a_service_that_is_no_longer_desired_is_gone() -> None:
    async def go() -> None:
        feed = Feed()
        feed.publish(view(1))
        stream = await begun(feed)
        feed.publish(View(2, Report(2, 1000.0), None, [], "reconciler", plain=False))
        told = await events(stream, 3)
        assert {data["name"] for _, kind, data in told if kind == "gone"} == {"app_db", "app_web"}

    asyncio.run(go())


def test_a_reader_who_comes_back_gets_what_was_missed_and_a_reset_where_that_is_lost() -> None:
    async def go() -> None:
        feed = Feed()
        feed.publish(view(1))
        stream = await begun(feed)
        feed.publish(view(2))
        ((last, _, _),) = await events(stream, 1)
        feed.publish(view(3))
        feed.publish(view(4))
        missed = await events(await begun(feed, last), 2)
        assert [data["id"] for _, _, data in missed] == [3, 4]
        for unknown in ("other-1", f"{feed.boot}-99999", f"{feed.boot}-x", "x" * 10_000, "é"):
            ((_, kind, _),) = await events(await begun(feed, unknown), 1)
            assert kind == "reset"
        for number in range(5, KEPT + 6):
            feed.publish(view(number))
        ((_, kind, _),) = await events(await begun(feed, last), 1)
        assert kind == "reset"

    asyncio.run(go())


def test_a_reader_who_is_too_slow_is_sent_away_and_forgotten() -> None:
    async def go() -> None:
        feed = Feed()
        feed.publish(view(1))
        stream = await begun(feed)
        assert feed.readers == 1
        for number in range(2, BEHIND + 10):
            feed.publish(view(number))
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            assert [line async for line in stream] == []
        assert feed.readers == 0

    asyncio.run(go())


def test_a_quiet_connection_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "KEEP_ALIVE", 0.01)

    async def go() -> None:
        stream = await begun(Feed())
        assert await anext(stream) == b": still here\n\n"

    asyncio.run(go())


@contextmanager
def followed(made: Site, **headers: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=20)
    connection.request("GET", "/api/v1/events", headers=headers)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def test_events_come_over_the_network_and_end_with_the_server() -> None:
    with site() as made:
        wanted, swarm = RUNNING
        made.show(report(wanted, swarm), swarm, [wanted])
        with followed(made) as stream:
            assert stream.getheader("content-type", "").startswith("text/event-stream")
            assert stream.readline().startswith(b"retry:")
            made.show(report(*STARTING, 2), STARTING[1], [STARTING[0]])
            lines = [stream.readline() for _ in range(8)]
            assert any(line.startswith(b"event: service") for line in lines)
