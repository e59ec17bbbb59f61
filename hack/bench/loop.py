"""The loop as users run it: how soon it reacts, and what it costs while nothing happens."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from hack.bench import scene
from hack.bench.commands import Row, ratio
from hack.bench.passes import resident
from hack.bench.scene import compose, deploy, docker, empty, p95, reconciler, run, seconds, timed, until
from reconciler.triggers.ticks import LOOK
from reconciler.triggers.wakes import FORCED_APART

Loop = tuple[subprocess.Popen[str], list[dict[str, Any]]]


@contextmanager
def looping(folder: Path, log: Path) -> Iterator[int]:
    """Run a loop until it is at rest. Gives its process id. ``log`` gets what it prints, one line for each pass."""
    with log.open("w") as out:
        command = reconciler("run", "--desired", str(folder), "--output", "json", "--interval", "3600")
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, text=True)
        try:
            until(lambda: any(line["verdict"] == "Ready" and not line["actions"] for line in lines(log)))
            yield process.pid
        finally:
            process.terminate()
            process.wait(10)


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]


def answers(folder: Path, services: int, samples: int, quiet: int) -> Iterator[Row]:
    """Measure the time from an engine's event to the write that fixes the drift, both by the engine's clock; from a
    touch of the trigger to the pass; and processor time and memory over ``quiet`` seconds without either."""
    desired, log = folder / "desired", folder / "log"
    desired.mkdir()
    (desired / f"{scene.STACK}.yaml").write_text(compose(services))
    empty()
    with looping(desired, log) as pid:
        healed = [_heal(f"{scene.STACK}_s{number % services}") for number in range(samples)]
        touched = [_touch(folder / ".reload-trigger", log) for _ in range(samples)]
        time.sleep(5)
        before, began = _cpu(pid), time.monotonic()
        time.sleep(quiet)
        idle = (_cpu(pid) - before) / (time.monotonic() - began) * 100
        memory = resident(pid)
    what = f"at {services} services"
    yield f"drift event to corrective call, {what}, p95", "", f"{p95(healed) * 1000:.0f} ms", ""
    yield f"trigger touched to pass begun, {what}, p95", "", f"{p95(touched) * 1000:.0f} ms", ""
    yield f"idle, {what}, of one core", "", f"{idle:.2f} %", ""
    yield f"idle, {what}, resident memory", "", f"{memory} MB", ""
    empty()


def by_socket(folder: Path, services: int, rounds: int) -> Iterator[Row]:
    """Measure commands that the loop answers over its socket, in turns with ``docker stack deploy`` of the same
    file."""
    desired, log = folder / "desired", folder / "log"
    desired.mkdir()
    file = desired / f"{scene.STACK}.yaml"
    file.write_text(compose(services))
    empty()
    commands = (["plan"], ["status"], ["explain", f"{scene.STACK}_s1"], ["history"])
    peer: list[float] = []
    ours: dict[str, list[float]] = {words[0]: [] for words in commands}
    with looping(desired, log):
        for _ in range(rounds):
            for name, *rest in commands:
                command = reconciler(name, *rest, "--desired", str(desired))
                ours[name].append(timed(partial(run, command)))
            passes = len(lines(log))
            peer.append(timed(partial(run, deploy(file))))
            until(partial(_rests, log, passes))
    for name, took in ours.items():
        yield f"{name} by the loop, {services} services", seconds(peer), seconds(took), ratio(peer, took)
    empty()


def _rests(log: Path, passes: int) -> bool:
    """Whether the loop has looked again since, and has nothing left to do."""
    later = lines(log)[passes:]
    return bool(later) and later[-1]["verdict"] == "Ready" and not later[-1]["actions"]


def _heal(service: str) -> float:
    began = time.time()
    docker("service", "update", "--detach", "--env-add", "DRIFT=1", service)
    until(lambda: "DRIFT" not in docker("service", "inspect", "--format", "{{json .Spec}}", service))
    events = docker(
        *("events", "--since", f"{began:.6f}", "--until", f"{time.time():.6f}", "--filter", f"service={service}"),
        *("--format", "{{json .}}"),
    )
    moments = [json.loads(line)["timeNano"] for line in events.splitlines()]
    return float(moments[1] - moments[0]) / 1e9


def _touch(trigger: Path, log: Path) -> float:
    """Touch the trigger once: of a storm of touches all but the first are held back. The moment between two looks is
    random."""
    time.sleep(FORCED_APART + random.random() * LOOK)
    passes = len(lines(log))
    trigger.touch()
    until(lambda: len(lines(log)) > passes)
    return float(lines(log)[passes]["at"]) - trigger.stat().st_mtime


def _cpu(pid: int) -> float:
    """Return the seconds of processor time so far, without children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
