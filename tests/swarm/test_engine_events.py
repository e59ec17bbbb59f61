"""The event stream of a real engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.swarm import Event, Swarm
from tests.machine import slowness
from tests.swarm import specs
from tests.swarm.waiting import until


@contextmanager
def watched(swarm: Swarm) -> Iterator[list[Event]]:
    """What the stream brings while the block runs; it is stopped from here, the way that the loop does it."""
    stop = threading.Event()
    stream = swarm.events(stop)
    seen: list[Event] = []
    reader = threading.Thread(target=lambda: seen.extend(_each(stream, seen)))
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join(5)
        assert not reader.is_alive()


def _each(stream: Iterator[Event], seen: list[Event]) -> Iterator[Event]:
    for event in stream:
        seen.append(event)
    yield from ()


def test_it_tells_of_swarms_objects_and_of_dying_tasks(swarm: Swarm, stack: str) -> None:
    with watched(swarm) as seen:
        network = swarm.create_network(specs.network(stack, "n"))
        config = swarm.create_config(specs.content(stack, "c"), b"x")
        secret = swarm.create_secret(specs.content(stack, "s"), b"x")
        spec = specs.service(stack, "a", "exit 7", RestartPolicy={"Condition": "none"})
        service = swarm.create_service(spec)
        deaths = until(lambda: [e for e in seen if (e.type, e.action) == ("container", "die")], what="a task dies")
        swarm.remove_service(service)
        swarm.remove_config(config)
        swarm.remove_secret(secret)
        swarm.remove_network(network)
        until(lambda: any((e.type, e.action, e.id) == ("network", "remove", network) for e in seen))
    assert deaths[0].name == f"{stack}_a"
    assert deaths[0].attributes["exitCode"] == "7"
    ours = [(event.type, event.action, event.name) for event in seen if event.name.startswith(stack)]
    for kind, key in (("network", "n"), ("config", "c"), ("secret", "s"), ("service", "a")):
        assert (kind, "create", f"{stack}_{key}") in ours
        assert (kind, "remove", f"{stack}_{key}") in ours


def test_health_is_told_with_its_outcome(swarm: Swarm, stack: str) -> None:
    check = {"Test": ["CMD", "true"], "Interval": 500_000_000, "Timeout": 2_000_000_000, "Retries": 1}
    with watched(swarm) as seen:
        swarm.create_service(specs.service(stack, "a", ContainerSpec={"Healthcheck": check}))
        told = until(lambda: [e for e in seen if e.action == "health_status" and e.name == f"{stack}_a"])
    assert told[0].attributes["health_status"] == "healthy"
    assert not [event for event in seen if event.action.startswith("exec")]


def test_a_quiet_stream_stops_within_a_second_and_leaves_no_thread(swarm: Swarm) -> None:
    before = threading.active_count()
    stop = threading.Event()
    stream = swarm.events(stop)
    ended = threading.Event()

    def read() -> None:
        for _ in stream:
            continue
        ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert not ended.wait(1.0)
    began = time.monotonic()
    stop.set()
    assert ended.wait(60)
    assert time.monotonic() - began < slowness()
    reader.join(60)
    assert threading.active_count() == before


def test_a_stream_that_is_stopped_before_it_is_read_ends_at_once(swarm: Swarm) -> None:
    stop = threading.Event()
    stop.set()
    assert list(swarm.events(stop)) == []


def test_a_reader_that_goes_away_leaves_nothing_behind(swarm: Swarm, stack: str) -> None:
    before = threading.active_count()
    stream = swarm.events(threading.Event())
    swarm.create_config(specs.content(stack, "c"), b"x")
    assert next(stream).type in {"config", "node"}
    del stream
    until(lambda: threading.active_count() == before, deadline=2, what="the guard ends")
