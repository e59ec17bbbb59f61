"""Whole commands compared with their peers: ``docker stack deploy``, and Ansible's ``docker_swarm_service``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

from hack.bench import scene
from hack.bench.scene import compose, deploy, empty, reconciler, run, seconds, spent, timed

Row = tuple[str, str, str, str]
"""What was done, the peer's figure, ours, and the ratio."""
PLATFORM = Path(__file__).parents[2] / "desired"


def ratio(peer: list[float], ours: list[float]) -> str:
    return f"{median(peer) / median(ours):.2f}"


def stack_deploy(folder: Path, services: int, rounds: int) -> Iterator[Row]:
    """Create, change and leave alone many services. Our command ends as soon as everything is written and judged."""
    file = folder / f"{scene.STACK}.yaml"
    apply = reconciler("apply", "--desired", str(folder), "--timeout", "300")
    plan = reconciler("plan", "--desired", str(folder))
    steps = ("create", "change nothing", "change all")
    took: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number in range(rounds):
        for who, command in (("peer", deploy(file)), ("ours", apply)):
            empty()
            for step in steps:
                file.write_text(compose(services, f"{number} {step == 'change all'}"))
                took.setdefault((step, who), []).append(spent(partial(run, command)))
                if step == "change nothing":
                    looking = plan if who == "ours" else command
                    took.setdefault(("plan, nothing to do", who), []).append(spent(partial(run, looking)))
    for step in (*steps, "plan, nothing to do"):
        for part, of in enumerate(("", ", processor time of the command")):
            peer, ours = ([each[part] for each in took[step, who]] for who in ("peer", "ours"))
            yield f"{step}, {services} services{of}", seconds(peer), seconds(ours), ratio(peer, ours)


def platform(folder: Path, rounds: int) -> Iterator[Row]:
    """Start PostgreSQL, Redis, Traefik and the app from nothing until all are healthy. ``docker stack`` makes no
    secrets and knows no conditions of ``depends_on``, so neither side uses them."""
    text = (PLATFORM / "platform.yaml").read_text()
    at = text.index("secrets:\n  # Made by")
    file = folder / f"{scene.STACK}.yaml"
    (folder / "traefik").mkdir(exist_ok=True)
    (folder / "traefik" / "traefik.yaml").write_text((PLATFORM / "traefik" / "traefik.yaml").read_text())
    (folder / "password").write_text("only-here")
    text = text[:at].replace("name: platform\n", "") + "secrets:\n  db_password: {file: ./password}\n"
    file.write_text(
        re.sub(r"depends_on:\n( {6}\w+: \{condition: service_healthy\}\n)+", "depends_on: [postgres, redis]\n", text)
    )
    socket = os.environ["DOCKER_HOST"].removeprefix("unix://")
    took: dict[str, list[float]] = {"peer": [], "ours": []}
    needs: list[float] = []
    for _ in range(rounds):
        for who, command in (
            ("peer", deploy(file, detach=False)),
            ("ours", reconciler("apply", "--desired", str(folder), "--timeout", "300")),
        ):
            empty()
            took[who].append(timed(partial(run, command, DOCKER_SOCKET=socket)))
        needs.append(max(_start_ups()))
    yield "the platform from nothing to Ready", seconds(took["peer"]), seconds(took["ours"]), ratio(*took.values())
    yield "the slowest of its containers alone, from its task's creation to Running", "", seconds(needs), ""
    empty()
    file.unlink()


def _start_ups() -> Iterator[float]:
    """Return the seconds from each task's creation to its Running, by the engine's clock."""
    from reconciler.swarm import Swarm

    swarm = Swarm.connect(None, os.environ)
    for tasks in swarm.observe().tasks.values():
        yield tasks[0].status_at - tasks[0].created_at
    swarm.close()


def ansible(folder: Path, python: Path, services: int, rounds: int) -> Iterator[Row]:
    """Run one task for each service, as an Ansible user writes them."""
    book = folder / "play.json"
    image, args = "busybox:latest", ["sleep", "infinity"]
    tasks = [
        {
            "community.docker.docker_swarm_service": {
                "name": f"ansible-{number}",
                "image": image,
                "args": args,
                "env": {"VALUE": "1"},
                "replicas": 0,
                "endpoint_mode": "dnsrr",
                "resolve_image": False,
                "docker_host": os.environ["DOCKER_HOST"],
            }
        }
        for number in range(services)
    ]
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    play = [str(python.parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(book)]
    (folder / f"{scene.STACK}.yaml").write_text(compose(services))
    apply = reconciler("apply", "--desired", str(folder), "--timeout", "300")
    environ = {"ANSIBLE_PYTHON_INTERPRETER": str(python), "ANSIBLE_LOCALHOST_WARNING": "False"}
    for step, before in (("create", empty), ("change nothing", lambda: None)):
        peer, ours = _in_turns(
            rounds, before, lambda: run(play, **environ), lambda: run(apply), keep=step == "change nothing"
        )
        yield f"{step}, {services} services", seconds(peer), seconds(ours), ratio(peer, ours)
    empty()
    (folder / f"{scene.STACK}.yaml").unlink()


def _in_turns(
    rounds: int, before: Callable[[], object], peer: Callable[[], object], ours: Callable[[], object], *, keep: bool
) -> tuple[list[float], list[float]]:
    """Measure both in turns. With ``keep``, each starts from its own last state."""
    took: tuple[list[float], list[float]] = [], []
    if keep:
        peer()
        ours()
    for _ in range(rounds):
        for work, times in zip((peer, ours), took, strict=True):
            before()
            times.append(timed(work))
    return took


def start_up(rounds: int) -> Iterator[Row]:
    """Measure what every command costs before it does anything."""
    for arguments in (["--help"], ["validate", "--desired", str(PLATFORM)], ["render", "--desired", str(PLATFORM)]):
        ours = [timed(partial(run, reconciler(*arguments))) for _ in range(rounds)]
        yield f"reconciler {arguments[0]}", "", seconds(ours), ""
