"""Probes, tried beside the passes: at their own intervals, few at a time. A pass takes the results so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from reconciler.desired.model import Probe, Service
from reconciler.errors import EngineError
from reconciler.observed.model import Probed, Snapshot, Task, TaskState
from reconciler.records import dataclass
from reconciler.threads import aside
from reconciler.unforeseen import in_words

AT_ONCE = 8
"""Number of tries at once."""
FIRST = 1.0
"""Seconds between tries at a task whose probe hasn't passed yet, if its interval isn't shorter."""


class Answer(Protocol):
    """Result of one try, as in ``Probed``."""

    @property
    def passed(self) -> bool | None: ...
    @property
    def words(self) -> str: ...


class Ask(Protocol):
    """One try; it raises ``EngineError`` if it can't find out."""

    def __call__(self, task: Task, probe: Probe, *, here: bool) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Untried:
    """Failure of a try by a bug of our own."""

    words: str
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A running task and the probe of its service."""

    name: str
    task: Task
    probe: Probe
    here: bool
    """Whether the task is on the node of the engine that is asked."""

    @property
    def key(self) -> tuple[str, Probe]:
        return self.task.id, self.probe


class Probing:
    """Results of probes by task, and the tries that go on. ``changed`` is called with a reason when a result
    changes."""

    def __init__(self, ask: Ask) -> None:
        self.changed: Callable[[str], None] = lambda _: None
        self._ask = ask
        self._known: dict[tuple[str, Probe], Probed] = {}
        self._going: dict[tuple[str, Probe], asyncio.Task[None]] = {}
        self._turns: asyncio.Semaphore | None = None

    @property
    def known(self) -> Mapping[str, Probed]:
        return {task: probed for (task, _), probed in dict(self._known).items()}

    def keep(self, services: Iterable[Service], snapshot: Snapshot) -> None:
        """Start probing new tasks, and stop probing tasks that are gone. Call it from within the event loop."""
        wanted = {target.key: target for target in targets(services, snapshot)}
        for key in self._going.keys() - wanted.keys():
            self._going.pop(key).cancel()
        for key in dict(self._known).keys() - wanted.keys():
            del self._known[key]
        for key in wanted.keys() - self._going.keys():
            self._going[key] = asyncio.ensure_future(self._go_on(wanted[key]))

    def once(self, services: Iterable[Service], snapshot: Snapshot) -> None:
        """Try every probe once; block until all have answered."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(self._try, targets(services, snapshot)):
                pass

    async def _go_on(self, target: Target) -> None:
        self._turns = self._turns or asyncio.Semaphore(AT_ONCE)
        failures = 0
        while True:
            async with self._turns:
                failures = await aside(partial(self._try, target, failures))
            known = self._known.get(target.key)
            pause = target.probe.interval if known and known.ever else min(FIRST, target.probe.interval)
            await asyncio.sleep(pause if known is None or known.passed is not None else target.probe.interval)

    def _try(self, target: Target, failures: int = 0) -> int:
        """Try once. Return the number of failures in a row, including this try."""
        answer: Answer
        try:
            answer = self._ask(target.task, target.probe, here=target.here)
        except EngineError:
            return failures  # passes report an engine that can't be reached; the last result stays
        except Exception as error:
            answer = Untried(in_words(error))
        before = self._known.get(target.key)
        failures = failures + 1 if answer.passed is False else 0
        if before and before.passed and answer.passed is False and failures < target.probe.retries:
            return failures
        ever = bool(answer.passed) or bool(before and before.ever)
        self._known[target.key] = Probed(answer.passed, "" if answer.passed else answer.words, ever)
        if before is None or before.passed is not answer.passed:
            outcome = {True: "passes", False: "fails", None: "can't be tried"}[answer.passed]
            self.changed(f"probe of {target.name} {outcome}")
        return failures


def targets(services: Iterable[Service], snapshot: Snapshot) -> Iterator[Target]:
    """Return the running tasks of every service that has a probe."""
    for service in services:
        found = snapshot.services.get(service.name)
        if found is None or service.options.probe is None:
            continue
        for task in snapshot.tasks.get(found.id, ()):
            if task.state is task.desired_state is TaskState.RUNNING and task.container_id:
                name = f"{service.name}.{task.slot}" if task.slot else service.name
                yield Target(name, task, service.options.probe, task.node_id == snapshot.engine.node_id)
