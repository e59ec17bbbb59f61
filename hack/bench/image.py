"""How long our image takes from its start until the shipped platform is Ready, in each mode, and what it uses at rest:
``PYTHONPATH=. .venv/bin/python -m hack.bench.image [ROUNDS] >hack/bench/IMAGE.md``. It starts an engine of its own."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median

from tests.container.running import IMAGE, Container, Mode, Yard
from tests.swarm.cli import Docker
from tests.swarm.engines import HACK, private_engine

PLATFORM = HACK.parent / "desired"
IMAGES = ("postgres:16", "redis:7", "traefik:v3.7", "reconciler-demo-web:1")
STEPS = {
    "the engine": "it has found which mode, and which engine",
    "dockerd started": "its own dockerd is started",
    "a Swarm was initialised": "dockerd answers, and is a Swarm",
    "loop started": "the loop is started",
}
"""Messages of the entrypoint, in their order."""
IDLE = 60
"""Seconds after the platform is Ready when the memory is measured."""
HEAD = """\
# The image: from its start to Ready, and at rest

Medians of {rounds} rounds on two cores, one after another on a private engine, in seconds since the container started.
The images of the platform are there already, in DinD mode on the volume. Made by `hack/bench/image.py`.

| what | socket mode | DinD mode |
| --- | --- | --- |"""


def times(container: Container) -> dict[str, float]:
    """Return when each event came first, in seconds since the start of the container."""
    began = datetime.fromisoformat(container.state()["StartedAt"][:26].rstrip("Z") + "+00:00").timestamp()
    found: dict[str, float] = {}
    for record in container.records():
        if "message" in record:
            found.setdefault(STEPS.get(record["message"], ""), record["at"] - began)
            continue
        over = record["at"] + record["took"] - began
        found.setdefault("the first pass is over: every service that may start is written", over)
        for service in record["services"]:
            if service["verdict"] == "Ready":
                found.setdefault(f"{service['name']} is Ready", over)
        if record["verdict"] == "Ready":
            found.setdefault("**all is Ready**", over)
    found.pop("", None)
    return found


def memory(container: Container) -> dict[str, float]:
    """Return the megabytes that each of our processes has to itself (``Pss``), at rest."""
    script = (
        "for each in /proc/[0-9]*; do echo $(tr '\\0' ' ' <$each/cmdline | cut -c1-200) "
        "$(grep ^Pss: $each/smaps_rollup 2>/dev/null | tr -dc 0-9); done"
    )
    found: dict[str, float] = {}
    for line in container.exec("sh", "-c", script).splitlines():
        for words, name in {
            "bin/reconciler entrypoint": "the entrypoint",
            "-m reconciler": "the loop",
            "dockerd -": "dockerd",
            "containerd --config": "containerd",
        }.items():
            if words in line and line.split()[-1].isdigit():
                found[f"{name}, MB"] = int(line.split()[-1]) / 1000
    return found


def measured(yard: Yard, mode: Mode, *, last: bool) -> dict[str, float]:
    shutil.copytree(PLATFORM, yard.folder / "desired", dirs_exist_ok=True)
    if mode is Mode.DIND:
        yard.stock("bench", *IMAGES)
    socket = yard.docker.host.removeprefix("unix://")
    environ = {"DOCKER_SOCKET": socket} if mode is Mode.SOCKET else {}
    with yard.container(mode, environ=environ, volume="bench") as container:
        container.ready(deadline=180)
        found = times(container)
        if last:
            time.sleep(IDLE)
            found |= memory(container)
    yard.sweep()
    return found


def main(rounds: int) -> None:
    with private_engine("image", images="test reconciler keep desired") as engine:
        docker = Docker(engine.host)
        found: dict[Mode, list[dict[str, float]]] = {mode: [] for mode in Mode}
        for number in range(rounds):
            for mode in Mode:
                with tempfile.TemporaryDirectory() as folder:
                    found[mode].append(measured(Yard(docker, Path(folder)), mode, last=number == rounds - 1))
        size = int(docker("image", "inspect", "--format", "{{.Size}}", IMAGE)) / 1e6
    print(HEAD.format(rounds=rounds))
    for what in dict.fromkeys(name for mode in reversed(list(Mode)) for each in found[mode] for name in each):
        cells = [[each[what] for each in found[mode] if what in each] for mode in Mode]
        print(f"| {what} | {' | '.join(f'{median(cell):.1f}' if cell else '' for cell in cells)} |")
    print(f"| the image, MB | {size:.0f} | {size:.0f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
