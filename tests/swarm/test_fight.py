"""Two processes over one Swarm that somebody goes on breaking: one acts at a time, and nothing broken is overlooked.

``RECONCILER_FIGHT_FAULTS=100`` is the long form: two minutes.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.notes.kinds import LEASE
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.swarm import Swarm
from tests.sockets import serving
from tests.swarm.cli import Docker
from tests.swarm.faulty import Fault, Message, Proxy
from tests.swarm.looping import Loop, Program, compose, service
from tests.swarm.waiting import until

FAULTS = int(os.environ.get("RECONCILER_FIGHT_FAULTS", "20"))
PAUSE = 1.1
"""Seconds between two of them."""
PARTS = 12
SUSPENDED = 13.0
"""Seconds for which the acting process is stopped: longer than the lease lasts."""
REST = 30.0
"""Seconds between two such stops."""

Healed = Callable[[Snapshot], bool]


class Scribe(Proxy):
    """Breaks nothing, and notes every write: when it came, when the engine had done it, and of the lease or not."""

    def __init__(self, path: Path, engine: str, lease: str) -> None:
        self.lease = lease.encode()
        self.came: dict[int, float] = {}
        self.writes: list[tuple[float, float, bool]] = []
        super().__init__(path, engine, 0)

    def on_request(self, request: Message) -> tuple[Fault | None, float]:
        self.came[id(request)] = time.monotonic()
        return None, 0.0

    def note(self, request: Message, answer: Message) -> None:
        came = self.came.pop(id(request))
        if request.method != "GET" and answer.status < 300:
            self.writes.append((came, time.monotonic(), self.lease in request.body))


@dataclass
class Fighter:
    """One of our processes, and what it wrote."""

    loop: Loop
    scribe: Scribe

    def signal(self, number: signal.Signals) -> None:
        os.kill(self._pid, number)

    @property
    def _pid(self) -> int:
        outer = self.loop.process.pid
        inner = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
        return int(inner[0]) if inner else outer


@dataclass
class Vandal:
    """Breaks one service after the other, by hand, and looks whether it is healed."""

    stack: str
    docker: Docker
    swarm: Swarm
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    broken: dict[str, tuple[str, Healed, float]] = field(default_factory=dict)
    healed: list[tuple[str, float]] = field(default_factory=list)
    pause: threading.Event = field(default_factory=threading.Event)

    def look(self) -> Snapshot:
        snapshot = self.swarm.observe()
        for name, (kind, is_healed, since) in list(self.broken.items()):
            if is_healed(snapshot):
                self.healed.append((kind, time.monotonic() - since))
                del self.broken[name]
        return snapshot

    def strike(self) -> bool:
        """Whether something whole was there to break."""
        snapshot = self.look()
        whole = [name for name in self._names if name not in self.broken and _running(snapshot, name)]
        if not whole:
            return False
        name = self.rng.choice(whole)
        kind = self.rng.choice(["remove", "scale", "env", "label", "detach", "disconnect"])
        since = time.monotonic()
        self.broken[name] = (kind, self._break(kind, name, snapshot), since)
        return True

    def _break(self, kind: str, name: str, snapshot: Snapshot) -> Healed:
        found = snapshot.services[name]
        if kind == "remove":
            self.docker("service", "rm", name)
            return lambda now: name in now.services and now.services[name].id != found.id
        if kind == "disconnect":
            task = _running(snapshot, name)[0]
            self.docker("network", "disconnect", "--force", f"{self.stack}_net", task.container_id)
            return lambda now: bool(others := _running(now, name)) and task.id not in {each.id for each in others}
        how = {
            "scale": ("--replicas", "3"),
            "env": ("--env-add", "BROKEN=1"),
            "label": ("--label-add", "broken=1"),
            "detach": ("--network-rm", f"{self.stack}_net"),
        }[kind]
        self.docker("service", "update", "--detach", *how, name)
        return lambda now: name in now.services and now.services[name].spec == found.spec

    @property
    def _names(self) -> list[str]:
        return [f"{self.stack}_s{number}" for number in range(PARTS)]


def test_one_acts_at_a_time_and_nothing_is_overlooked(
    program: Program, stack: str, docker: Docker, swarm: Swarm, tmp_path: Path
) -> None:
    program.write("app.yaml", _file(stack))
    vandal = Vandal(stack, docker, swarm)
    with ExitStack() as fight:
        fighters = [fight.enter_context(_fighter(program, tmp_path, number)) for number in (0, 1)]
        for fighter in fighters:
            fighter.loop.ready()
        _fight(vandal, fighters)
        until(lambda: vandal.look() and not vandal.broken, 60, "everything is healed")
        for fighter in fighters:
            since = len(fighter.loop.reports)
            program.trigger.touch()
            fighter.loop.report(lambda report: report["verdict"] == "Ready" and not report["actions"], since)
    assert len(vandal.healed) == FAULTS
    _one_at_a_time(fighters)
    print(_told(vandal, fighters))


def _file(stack: str) -> str:
    parts = {f"s{number}": service(extra="networks: [net]") for number in range(PARTS)}
    return compose(stack, parts, "networks: {net: {}}")


@contextmanager
def _fighter(program: Program, folder: Path, number: int) -> Iterator[Fighter]:
    """The second as if on another machine: neither can tell whether the other lives, so the lease has to run out."""
    path = folder / f"engine-{number}.sock"
    scribe = Scribe(path, program.host, LEASE.name_of(program.owner))
    with serving(scribe) as (host, _), replace(program, host=host, elsewhere=bool(number)).loop() as loop:
        yield Fighter(loop, scribe)


def _fight(vandal: Vandal, fighters: list[Fighter]) -> None:
    """Now and then the one that acts is suspended in the middle of its work, until well after the other took over."""
    struck, due, turn = 0, time.monotonic(), time.monotonic() + 3
    suspended: Fighter | None = None
    try:
        while struck < FAULTS:
            now = time.monotonic()
            if now >= turn and suspended:
                suspended.signal(signal.SIGCONT)
                suspended, turn = None, now + REST
            elif now >= turn:
                suspended, turn = _acting(fighters), now + SUSPENDED
                suspended.signal(signal.SIGSTOP)
            if now >= due and vandal.strike():
                struck, due = struck + 1, now + PAUSE
            vandal.look()
            vandal.pause.wait(0.05)
    finally:
        if suspended:
            suspended.signal(signal.SIGCONT)


def _acting(fighters: list[Fighter]) -> Fighter:
    """Who wrote last."""
    return max(fighters, key=lambda fighter: max((done for _, done, _ in fighter.scribe.writes), default=0.0))


def _running(snapshot: Snapshot, name: str) -> list[Task]:
    found = snapshot.services.get(name)
    tasks = snapshot.tasks.get(found.id, ()) if found else ()
    running = [task for task in tasks if task.state is TaskState.RUNNING and task.desired_state is TaskState.RUNNING]
    return [task for task in running if task.id in snapshot.attached]


def _one_at_a_time(fighters: list[Fighter]) -> None:
    """Each write came while its writer was the last that had written the lease; and both had their turns."""
    leases = sorted(
        (done, number) for number, each in enumerate(fighters) for _, done, lease in each.scribe.writes if lease
    )
    for number, fighter in enumerate(fighters):
        writes = [came for came, _, lease in fighter.scribe.writes if not lease]
        assert writes, f"process {number} never acted"
        for came in writes:
            holder = [who for done, who in leases if done <= came][-1]
            assert holder == number, (
                f"process {number} wrote {came - leases[0][0]:.3f} s on, while {holder} had the lease"
            )


def _told(vandal: Vandal, fighters: list[Fighter]) -> str:
    times = sorted(seconds for _, seconds in vandal.healed)
    writes = " and ".join(str(sum(not lease for _, _, lease in fighter.scribe.writes)) for fighter in fighters)
    spread = f"median {times[len(times) // 2]:.2f}, p90 {times[len(times) * 9 // 10]:.2f}, most {times[-1]:.2f}"
    return f"{len(times)} faults healed by {writes} writes of the two; seconds to heal: {spread}"
