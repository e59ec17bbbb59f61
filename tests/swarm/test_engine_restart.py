"""An engine that goes away and comes back."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterator

import pytest

from reconciler.errors import EngineError, EngineUnavailable, NotASwarm
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.swarm import Swarm
from tests.swarm import specs
from tests.swarm.cli import Docker
from tests.swarm.engines import RELEASES, PrivateEngine, private_engine
from tests.swarm.waiting import until


@pytest.fixture(scope="module", params=RELEASES)
def engine(request: pytest.FixtureRequest) -> Iterator[PrivateEngine]:
    with private_engine("restart", release=request.param) as engine:
        yield engine


@pytest.fixture
def swarm(engine: PrivateEngine) -> Iterator[Swarm]:
    swarm = Swarm.connect(engine.host, os.environ)
    yield swarm
    swarm.close()


def running(swarm: Swarm, service: str) -> tuple[Snapshot, Task] | None:
    """A snapshot with a task of the service that runs since after the engine's start; None for none, or no engine.

    For a while after its start, an engine goes on saying Running of tasks that went down with it.
    """
    try:
        snapshot = swarm.observe()
    except EngineError:
        return None
    tasks = snapshot.tasks.get(snapshot.services[service].id, ())
    started = snapshot.engine.started_at or 0.0
    fresh = (task for task in tasks if task.state is TaskState.RUNNING and task.status_at >= started)
    return next(((snapshot, task) for task in fresh), None)


def test_it_is_unavailable_then_back_with_a_new_start_and_new_tasks(engine: PrivateEngine, swarm: Swarm) -> None:
    name = "restart_a"
    swarm.create_service(specs.service("restart", "a"))
    before, task = until(lambda: running(swarm, name), what="the task runs")
    events = swarm.events(threading.Event())
    engine.stop()
    with pytest.raises(EngineUnavailable) as lost:
        deque(events)
    assert lost.value.passing
    with pytest.raises(EngineUnavailable, match="no engine answers at unix://"):
        swarm.observe()
    assert not swarm.healthy()
    restarted = time.time()
    engine.start()
    after, successor = until(lambda: running(swarm, name), what="a task runs again")
    assert after.engine.started_at is not None
    assert after.engine.started_at >= restarted
    assert before.engine.started_at is not None
    assert before.engine.started_at < restarted
    assert after.engine.node_id == before.engine.node_id
    assert successor.id != task.id
    assert after.seen[successor.id] >= after.engine.started_at
    stop = threading.Event()
    stream = swarm.events(stop)
    swarm.create_config(specs.content("restart", "c"), b"x")
    assert next(stream).type in {"config", "node"}
    stop.set()
    deque(stream)  # to its end: left to the garbage collector, its socket may go before it is closed


def test_a_crash_ends_the_event_stream(engine: PrivateEngine, swarm: Swarm) -> None:
    events = swarm.events(threading.Event())
    engine.kill()
    with pytest.raises(EngineUnavailable):
        deque(events)
    engine.start()
    until(swarm.healthy, what="the engine answers")


def test_an_engine_without_a_swarm_says_what_to_do(engine: PrivateEngine, swarm: Swarm) -> None:
    first = swarm.observe()
    docker = Docker(engine.host)
    docker("swarm", "leave", "--force")
    try:
        with pytest.raises(NotASwarm, match="docker swarm init"):
            swarm.observe()
        with pytest.raises(NotASwarm):
            swarm.create_config(specs.content("restart", "d"), b"x")
        assert swarm.healthy()
    finally:
        docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    second = swarm.observe()
    assert second.engine.node_id != first.engine.node_id
    assert second.engine.node_id in second.nodes
