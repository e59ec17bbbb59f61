"""Whatever is killed, all comes back by itself: each service, each row, one loop, one app.

``RECONCILER_TEST_KILLS`` says how many blows are dealt in each mode, ``RECONCILER_TEST_SEED`` which.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.container import lone
from tests.container.ledger import Ledger
from tests.container.running import Container, Mode, Yard
from tests.swarm.engines import PrivateEngine
from tests.swarm.waiting import until

KILLS = int(os.environ.get("RECONCILER_TEST_KILLS", "6"))
SEED = int(os.environ.get("RECONCILER_TEST_SEED", "1"))
SHIPPED = Path(__file__).parents[2] / "desired"
PLATFORM = Counter(platform_postgres=1, platform_redis=1, platform_traefik=1, platform_web=2)
MORE_OR_LESS = "more_or_less"
"""A service that comes and goes in the files meanwhile."""
IMAGES = ("postgres:16", "redis:7", "traefik:v3.7", "reconciler-demo-web:1")
DEADLINE = 120
"""Seconds for everything to come back."""
OVERLAP = 0.3
"""Chance of a blow to be followed by the next one before all is back."""
OF = "com.docker.swarm.service.name"
APP, LOOP, SUPERVISOR, DOCKERD, POSTGRES = (
    re.compile(pattern)
    for pattern in (
        *(r"python3 /app/lone\.py", r"\S+ -m reconciler ", r"\S+ \S+/reconciler entrypoint"),
        *("dockerd ", "postgres$"),
    )
)
"""How their command lines begin."""


@dataclass(frozen=True)
class Place:
    """Where the blows fall. ``journal`` is the app's."""

    container: Container
    engine: PrivateEngine
    journal: Path
    ledger: Ledger

    def change(self, *, more: bool) -> None:
        """Of desired state."""
        file = self.container.desired / "more.yaml"
        if more:
            self.container.write(file.name, "services: {or_less: {image: redis:7, deploy: {endpoint_mode: dnsrr}}}")
        else:
            file.unlink(missing_ok=True)

    @property
    def desired(self) -> Counter[str]:
        """Tasks by service."""
        there = (self.container.desired / "more.yaml").exists()
        return PLATFORM + Counter({MORE_OR_LESS: int(there)})


Blow = Callable[[Place], None]


def kills(what: re.Pattern[str]) -> Blow:
    """A blow to the one process whose command line is ``what``, as soon as there is one."""

    def blow(place: Place) -> None:
        until(lambda: any(map(killed, pids(place.container, what))), DEADLINE, f"{what.pattern} runs")

    return blow


def killed(pid: int) -> bool:
    """Whether it was still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kills_process_1(place: Place) -> None:
    """Docker starts the container again, as its restart policy says."""
    until(lambda: (pid := place.container.state()["Pid"]) and killed(pid), DEADLINE, "the container runs")


def kills_the_container(place: Place) -> None:
    """Docker takes this for the user's will, and leaves the start to him."""
    place.container.outer.tries("kill", place.container.name)
    place.container.outer("start", place.container.name)


def restarts_the_container(place: Place) -> None:
    place.container.outer("restart", place.container.name)


def kills_a_task(place: Place) -> None:
    tasks = until(lambda: place.container.docker.tries("ps", "--quiet").split(), DEADLINE, "a task runs")
    place.container.docker.tries("kill", tasks[0])


def restarts_the_engine(place: Place) -> None:
    """That of the machine."""
    place.engine.stop()
    place.engine.start()


ANYWHERE = {
    "kill -9 of the app": kills(APP),
    "kill -9 of the loop": kills(LOOP),
    "kill -9 of the supervisor": kills(SUPERVISOR),
    "kill -9 of process 1": kills_process_1,
    "docker restart": restarts_the_container,
}
BLOWS = {
    Mode.SOCKET: {**ANYWHERE, "a restart of the engine": restarts_the_engine},
    Mode.DIND: {**ANYWHERE, "kill -9 of dockerd": kills(DOCKERD)},
}
"""Each is dealt once before any comes again, or one of those below."""
MORE = {"docker kill": kills_the_container, "docker kill of a task": kills_a_task}


@pytest.fixture
def place(platform: PrivateEngine, yard: Yard, mode: Mode) -> Iterator[Place]:
    """The shipped platform, Ready, and an app."""
    app = Path(lone.__file__)
    options = (
        "--restart=always",
        "--health-interval=3s",
        f"--volume={app}:/app/lone.py:ro",
        f"--volume={yard.folder}:/lone",
    )
    environ = {"RECONCILER_MIN_TASK_AGE": "1s", "RECONCILER_OUTPUT": "text"}
    if mode is Mode.SOCKET:
        environ["DOCKER_SOCKET"] = platform.socket
    command = ("--", "python3", "/app/lone.py", "/lone")
    with yard.container(mode, *options, command=command, environ=environ, volume="chaos") as container:
        container.answers()
        container.load(*IMAGES)
        shutil.copytree(SHIPPED, container.desired, dirs_exist_ok=True)
        place = Place(container, platform, yard.folder / "journal", Ledger(container.docker))
        back(place)
        place.ledger.open()
        yield place


def test_whatever_is_killed_comes_back_by_itself(place: Place) -> None:
    chance = random.Random(SEED)
    print(f"{place.container.mode}: {KILLS} blows by seed {SEED}")
    with place.ledger.writing():
        for number, (name, blow) in enumerate(sequence(place.container.mode, chance), start=1):
            time.sleep(chance.uniform(0, 1))  # at any moment, also of a change
            place.change(more=chance.random() < 0.5)
            time.sleep(chance.uniform(0, 0.5))
            began = time.monotonic()
            blow(place)
            if number < KILLS and chance.random() < OVERLAP:
                print(f"{number:3} {name}, and at once")
                continue
            back(place)
            print(f"{number:3} {name}: all is back after {time.monotonic() - began:.1f} s")
            place.ledger.grows()
    print(f"{len(place.ledger.confirmed)} rows")


def sequence(mode: Mode, chance: random.Random) -> Iterator[tuple[str, Blow]]:
    first = list(BLOWS[mode].items())
    chance.shuffle(first)
    every = [*first, *MORE.items()]
    for number in range(KILLS):
        yield first[number] if number < len(first) else chance.choice(every)


def back(place: Place) -> None:
    """Returns once all is as it should be."""
    until(
        lambda: not next(lacking(place), ""),
        DEADLINE,
        lambda: f"{next(lacking(place), '')}; the end of the log: {place.container.log()[-10_000:]}",
    )


def lacking(place: Place) -> Iterator[str]:
    """What isn't as it should be, in words; what costs least to ask comes first."""
    container, docker = place.container, place.container.docker
    assert not place.journal.exists() or lone.SECOND not in place.journal.read_text()
    if (health := container.state()["Health"]["Status"]) != "healthy":
        yield f"the container is {health}"
    for what in (APP, LOOP, SUPERVISOR, *((DOCKERD, POSTGRES) if container.mode is Mode.DIND else ())):
        if len(found := pids(container, what)) != 1:
            yield f"of {what.pattern} there are {found}"
    of_services = ("ps", "--filter", f"label={OF}", "--format", f'{{{{.Label "{OF}"}}}}')
    if (tasks := Counter(docker.tries(*of_services).split())) != place.desired:
        yield f"the tasks are {tasks}"
    if (services := sorted(docker.tries("service", "ls", "--format", "{{.Name}}").split())) != sorted(place.desired):
        yield f"the services are {services}"
    if lost := place.ledger.lacks():
        yield lost
    if not container.outer.succeeds("exec", container.name, "reconciler", "healthcheck"):
        yield "the health check doesn't pass"
    said = container.outer.tries("exec", container.name, "sh", "-c", "reconciler status --output json || true")
    if json.loads(said or "{}").get("verdict") != "Ready":
        yield f"the platform isn't Ready: {said}"


def pids(container: Container, what: re.Pattern[str]) -> list[int]:
    """Of processes in the container whose command line is ``what``."""
    try:
        return [pid for pid, words in container.processes() if what.match(words)]
    except AssertionError:  # it doesn't run
        return []
