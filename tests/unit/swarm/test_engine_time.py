"""Clocks that are ahead, behind, or set while we look change no verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, cast

import pytest

from reconciler.desired.model import Options, Service
from reconciler.observed.model import Snapshot
from reconciler.swarm import engine_time
from reconciler.swarm.engine_time import EngineTime
from reconciler.swarm.observe import Observer
from reconciler.swarm.transport import Call, Transport
from reconciler.verdict.judge import judge
from reconciler.verdict.model import Circumstances, Judgement, Verdict

START = 1_800_000_000.25
HOUR, DAY = 3600.0, 86400.0
TEMPLATE = {"ContainerSpec": {"Image": "web:1"}}
SPEC = {"Name": "shop_web", "Mode": {"Replicated": {"Replicas": 1}}, "TaskTemplate": TEMPLATE}
WEB = Service("shop_web", "shop", "web", SPEC, options=Options(min_task_age=5, ready_timeout=300))


def http_date(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(at), UTC), usegmt=True)


def written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


@dataclass
class Engine:
    """An engine and our steady clock, ``now``; the clocks of the manager and of its worker are ``ahead`` of that."""

    now: float = START
    ahead: float = 0.0
    worker: float = 0.0
    tasks: list[dict[str, Any]] = field(default_factory=list)
    dated: Callable[[str | None, float, float], None] = lambda *_: None
    service: dict[str, Any] = field(default_factory=dict)
    started: str = ""
    _version: int = 0

    def __post_init__(self) -> None:
        self.started = self.started or written(self.now - 1000 + self.ahead)
        made = self._stamp()
        self.service = {"ID": "s1", "Spec": SPEC, "CreatedAt": made, "UpdatedAt": made, **self._moved()}

    def _stamp(self) -> str:
        return written(self.now + self.ahead)

    def _moved(self) -> dict[str, Any]:
        self._version += 1
        return {"Version": {"Index": self._version}}

    def make(self, *, node: str = "n1") -> dict[str, Any]:
        """Make a new task in the only slot."""
        made = self._stamp()
        raw = {"ID": f"t{len(self.tasks)}", "ServiceID": "s1", "NodeID": node, "Slot": 1, "Spec": TEMPLATE}
        raw |= {"CreatedAt": made, "Status": {"State": "new", "Timestamp": made}, "DesiredState": "running"}
        self.tasks.append(raw | self._moved())
        return self.tasks[-1]

    def becomes(self, task: dict[str, Any], state: str, wanted: str = "running") -> None:
        at = self.now + (self.worker if task["NodeID"] == "n2" else self.ahead)
        place = self.tasks.index(task)
        status = {"State": state, "Timestamp": written(at), "Err": ""}
        self.tasks[place] = task | {"Status": status, "DesiredState": wanted} | self._moved()

    def body(self, call: Call) -> bytes:
        self.dated(http_date(self.now + self.ahead), self.now, self.now)
        node = {"Status": {"State": "ready"}, "Version": {"Index": 1}}
        lists: dict[str, Any] = {
            "/services": [self.service],
            "/tasks": self.tasks,
            "/nodes": [{"ID": "n1", **node}, {"ID": "n2", **node}],
            "/networks": [
                {"Id": "b", "Name": "bridge", "Scope": "local", "Created": self.started},
                {"Id": "i", "Name": "ingress", "Scope": "swarm", "Containers": None},
            ],
            "/info": {"Swarm": {"NodeID": "n1"}, "ServerVersion": "28.5"},
        }
        return json.dumps(lists.get(call.path, [] if call.path != "/volumes" else {"Volumes": []})).encode()

    def json(self, call: Call) -> Any:
        return json.loads(self.body(call))

    def api_version(self, doing: str) -> str:
        return "1.51"


def observer_of(engine: Engine) -> Observer:
    return Observer(cast(Transport, engine), lambda: engine.now)


def judged(snapshot: Snapshot) -> Judgement:
    return judge(WEB, snapshot, Circumstances())


SKEWS = [0.0, HOUR, -HOUR, DAY, -DAY]
STEPS = [HOUR, -HOUR, DAY, -DAY]


@pytest.mark.parametrize("worker", [0.0, HOUR, -HOUR])
@pytest.mark.parametrize("ahead", SKEWS)
def test_a_task_comes_of_age_by_our_clock(ahead: float, worker: float) -> None:
    engine = Engine(ahead=ahead, worker=worker)
    observer = observer_of(engine)
    engine.make(node="n2")
    assert judged(observer.observe()).verdict is Verdict.PROGRESSING
    engine.now += 2
    engine.becomes(engine.tasks[0], "running")
    assert judged(observer.observe()).verdict is Verdict.PROGRESSING
    engine.now += 4.9
    assert judged(observer.observe()).verdict is Verdict.PROGRESSING
    engine.now += 0.2
    assert judged(observer.observe()).verdict is Verdict.READY


@pytest.mark.parametrize("ahead", SKEWS)
def test_what_ran_before_the_first_look_is_as_old_as_it_is(ahead: float) -> None:
    engine = Engine(ahead=ahead)
    engine.make()
    engine.becomes(engine.tasks[0], "running")
    engine.now += 60
    assert judged(observer_of(engine).observe()).verdict is Verdict.READY


@pytest.mark.parametrize("step", [0.0, *STEPS])
def test_a_deadline_comes_when_it_should_though_clocks_are_set(step: float) -> None:
    engine = Engine()
    observer = observer_of(engine)
    engine.make()
    first = judged(observer.observe())
    engine.now += 30
    engine.ahead += step
    engine.becomes(engine.tasks[0], "preparing")
    assert judged(observer.observe()).verdict is Verdict.PROGRESSING
    engine.now += 250
    assert judged(observer.observe()).verdict is Verdict.PROGRESSING
    engine.now += 60
    assert judged(observer.observe()).verdict is Verdict.DEGRADED
    assert first.recheck_at is not None
    assert abs(first.recheck_at - START - 300) < 2


@pytest.mark.parametrize("step", [0.0, *STEPS])
def test_a_crash_loop_is_one_and_ends_though_clocks_are_set(step: float) -> None:
    engine = Engine()
    observer = observer_of(engine)
    for number in range(3):
        engine.make()
        observer.observe()
        engine.now += 6
        engine.ahead += step if number == 1 else 0.0
        engine.becomes(engine.tasks[-1], "failed", "shutdown")
        observer.observe()
    engine.make()
    engine.becomes(engine.tasks[-1], "running")
    assert "crash-looping" in judged(observer.observe()).reason
    engine.now += 121
    assert judged(observer.observe()).verdict is Verdict.READY


@pytest.mark.parametrize("step", STEPS)
def test_a_service_that_is_ready_stays_so_when_a_clock_is_set(step: float) -> None:
    engine = Engine()
    observer = observer_of(engine)
    engine.make()
    engine.becomes(engine.tasks[0], "running")
    observer.observe()
    engine.now += 30
    assert judged(observer.observe()).verdict is Verdict.READY
    engine.ahead += step
    for _ in range(3):
        engine.now += 1
        assert judged(observer.observe()).verdict is Verdict.READY
    engine.becomes(engine.tasks[0], "running")
    assert judged(observer.observe()).verdict is Verdict.READY
    fresh = observer_of(engine)
    fresh.observe()
    engine.now += 5.1
    assert judged(fresh.observe()).verdict is Verdict.READY


def test_an_engine_that_started_in_the_future_makes_no_task_stale() -> None:
    """Its clock was ahead when it started, and was set back since."""
    engine = Engine(started=written(START + HOUR))
    engine.make()
    engine.becomes(engine.tasks[0], "running")
    engine.now += 30
    assert judged(observer_of(engine).observe()).verdict is Verdict.READY


@pytest.mark.parametrize("date", [None, "", "yesterday", "Wed, 99 Nov 2026 10:00:00 GMT", "Wed, 1 Nov 99999 1:0:0 GMT"])
def test_a_date_that_cant_be_read_tells_nothing(date: str | None) -> None:
    times = EngineTime()
    times.hear(date, 100.0, 100.0)
    assert times.ours(50.0) == 50.0


def test_a_clock_like_ours_is_taken_to_be_ours_to_the_last_digit() -> None:
    times = EngineTime()
    for tenth in range(30):
        now = START + tenth / 10
        times.hear(http_date(now), now - 0.01, now + 0.01)
    assert times.ours(START) == START


def test_times_keep_their_order_whatever_they_contradict() -> None:
    times = EngineTime()
    times.look(1000.0)
    given = [-1e9, 100.0, 997.0, 998.4, 998.6, 1000.0, 1001.4, 1001.6, 1002.0, 1e10]
    first = [times.ours(each) for each in given]
    assert first == sorted(first)
    assert len(set(first)) == len(given)
    times._since, times._known = 1000.0, {}
    later = [times.ours(each) for each in given]
    assert later == sorted(later)
    assert len(set(later)) == len(given)


def test_times_that_nothing_has_any_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_time, "FEW", 4)
    engine = Engine()
    observer = observer_of(engine)
    observer._times._most = 4
    for _ in range(30):
        engine.now += 1
        engine.tasks = []
        engine.make()
        found = observer.observe()
    assert len(observer._times._known) < 40
    (task,) = found.tasks["s1"]
    assert task.created_at == pytest.approx(engine.now)
