"""Probes beside the passes: retries, what is worth a wake-up, tasks that come and go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reconciler.desired.model import Options, Probe, Service
from reconciler.errors import EngineUnavailable
from reconciler.loop.probing import AT_ONCE, Probing, targets
from reconciler.observed import model as observed
from reconciler.observed.model import Probed, Snapshot, Task, TaskState

PROBE = Probe(tcp=80, interval=0.5, retries=2)
WEB = Service("shop_web", "shop", "web", {}, options=Options(probe=PROBE))


@dataclass(frozen=True)
class Answer:
    passed: bool | None
    words: str = ""


GOOD, BAD, BLIND = Answer(True), Answer(False, "refused"), Answer(None, "on another node")


@dataclass
class Script:
    """Answers one after another; the last one for ever."""

    answers: list[Answer | Exception]
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def __call__(self, task: Task, probe: Probe, *, here: bool) -> Answer:
        self.asked.append((task.id, here))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def task(name: str, node: str = "n1", state: TaskState = TaskState.RUNNING) -> Task:
    return Task(name, "s1", node, 1, state, state, container_id=f"c-{name}")


def swarm(*tasks: Task) -> Snapshot:
    engine = observed.Engine("n1", "28.5", "1.51")
    service = observed.Service("s1", "shop_web", 1, {})
    return Snapshot(1000.0, engine, services={"shop_web": service}, tasks={"s1": tasks})


def tried(*answers: Answer | Exception) -> tuple[Probing, list[str]]:
    """After as many tries as there are answers."""
    probing, said = Probing(Script([*answers])), list[str]()
    probing.changed = said.append
    (target,) = targets([WEB], swarm(task("t1")))
    failures = 0
    for _ in answers:
        failures = probing._try(target, failures)
    return probing, said


def test_so_many_failures_in_a_row_count_as_one() -> None:
    probing, said = tried(GOOD, BAD, GOOD, BAD)
    assert probing.known == {"t1": Probed(True, ever=True)}
    assert said == ["probe of shop_web.1 passes"]
    probing, said = tried(GOOD, BAD, BAD)
    assert probing.known == {"t1": Probed(False, "refused", ever=True)}
    assert said == ["probe of shop_web.1 passes", "probe of shop_web.1 fails"]


def test_a_task_that_never_passed_fails_at_once_and_its_words_are_the_last_ones() -> None:
    probing, said = tried(BAD, Answer(False, "status 503"))
    assert probing.known == {"t1": Probed(False, "status 503")}
    assert said == ["probe of shop_web.1 fails"]


def test_what_an_engine_that_is_away_would_have_told_leaves_what_was_known() -> None:
    probing, said = tried(GOOD, EngineUnavailable("away"), BLIND)
    assert probing.known == {"t1": Probed(None, "on another node", ever=True)}
    assert said == ["probe of shop_web.1 passes", "probe of shop_web.1 can't be tried"]


def test_only_tasks_that_run_and_are_meant_to_have_their_probe_tried() -> None:
    running, elsewhere = task("t1"), task("t2", node="n2")
    leaving = replace(task("t3"), desired_state=TaskState.SHUTDOWN)
    found = swarm(running, elsewhere, leaving, task("t4", state=TaskState.STARTING))
    assert [(target.task.id, target.here) for target in targets([WEB], found)] == [("t1", True), ("t2", False)]
    plain = replace(WEB, options=Options())
    assert list(targets([plain], found)) == []


def test_once_tries_each_and_waits_for_all() -> None:
    script = Script([GOOD])
    probing = Probing(script)
    probing.once([WEB], swarm(task("t1"), task("t2", node="n2")))
    assert sorted(script.asked) == [("t1", True), ("t2", False)]
    assert probing.known == {name: Probed(True, ever=True) for name in ("t1", "t2")}


def test_tries_go_on_beside_the_passes_and_end_with_their_task() -> None:
    script = Script([BAD, GOOD])

    async def watch() -> None:
        probing, came = Probing(script), asyncio.Event()
        loop = asyncio.get_running_loop()

        def changed(_: str) -> None:
            loop.call_soon_threadsafe(came.set)

        probing.changed = changed
        probing.keep([WEB], swarm(task("t1")))
        probing.keep([WEB], swarm(task("t1")))
        await asyncio.wait_for(came.wait(), 10)
        while not probing.known["t1"].passed:
            came.clear()
            await asyncio.wait_for(came.wait(), 10)
        probing.keep([WEB], swarm())
        assert probing.known == {}
        assert len(script.asked) == 2

    asyncio.run(watch())


def test_few_are_tried_at_once() -> None:
    going, most, gate = [0], [0], threading.Semaphore(0)

    def ask(task: Task, probe: Probe, *, here: bool) -> Answer:
        going[0] += 1
        most[0] = max(most[0], going[0])
        gate.acquire(timeout=10)
        going[0] -= 1
        return GOOD

    async def watch() -> None:
        probing = Probing(ask)
        probing.keep([WEB], swarm(*(task(f"t{number}") for number in range(3 * AT_ONCE))))
        await _until(lambda: going[0] == AT_ONCE)
        gate.release(3 * AT_ONCE)
        await _until(lambda: len(probing.known) == 3 * AT_ONCE)
        probing.keep([WEB], swarm())
        gate.release(3 * AT_ONCE)

    asyncio.run(watch())
    assert most[0] == AT_ONCE


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_try_that_fails_by_a_fault_of_our_own_ends_nothing() -> None:
    probing, said = tried(GOOD, ValueError("x"), GOOD)
    assert said == ["probe of shop_web.1 passes", "probe of shop_web.1 can't be tried", "probe of shop_web.1 passes"]
    probing, _ = tried(ValueError("x"))
    assert probing.known["t1"].passed is None
    assert "a fault of our own, please report it: ValueError" in probing.known["t1"].words
