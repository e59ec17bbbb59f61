"""What is measured on: stacks of many services, a client of the private engine, and medians."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles

STACK = "bench"
NOWHERE = {"placement": {"constraints": ["node.labels.nowhere == true"]}}
"""A constraint that no node meets: such tasks exist but cost no container."""


def compose(services: int, value: str = "1", replicas: int = 0) -> str:
    """Return a stack of services with one environment variable each; with replicas, their tasks wait for a node."""
    service = {
        "image": "busybox:latest",
        "command": ["sleep", "infinity"],
        "environment": {"VALUE": value, "LEVEL": "info"},
        "networks": ["net"],
        "deploy": {"endpoint_mode": "dnsrr", "replicas": replicas, **(NOWHERE if replicas else {})},
    }
    names = {f"s{number}": service for number in range(services)}
    return json.dumps({"version": "3.8", "services": names, "networks": {"net": {}}})


def run(command: Sequence[str], **environ: str) -> str:
    """Run a command and return what it prints. Raises ``CalledProcessError``, after showing the command's words."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **environ})
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        done.check_returncode()
    return done.stdout


def docker(*arguments: str) -> str:
    return run(["docker", *arguments])


def reconciler(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "reconciler"), *arguments]


def deploy(file: Path, *, detach: bool = True, resolve: bool = False) -> list[str]:
    detached = f"--detach={'true' if detach else 'false'}"
    resolving = f"--resolve-image={'always' if resolve else 'never'}"
    return ["docker", "stack", "deploy", detached, resolving, "-c", str(file), STACK]


def empty() -> None:
    """Wait until no service, network, config, secret or task is left."""
    names = docker("service", "ls", "--quiet").split()
    if names:
        docker("service", "rm", *names)
    for kind in ("config", "secret"):
        for name in docker(kind, "ls", "--quiet").split():
            subprocess.run(["docker", kind, "rm", name], check=False, capture_output=True)
    for network in docker("network", "ls", "--format", "{{.Name}}").split():  # engine 20.10 finds whole names only
        if network.startswith(f"{STACK}_"):
            until(partial(_gone, "network", network))
    until(lambda: not docker("ps", "--quiet", "--filter", "label=com.docker.swarm.service.name"))
    for volume in docker("volume", "ls", "--quiet").split():
        until(partial(_gone, "volume", volume))


def _gone(kind: str, name: str) -> bool:
    subprocess.run(["docker", kind, "rm", name], check=False, capture_output=True)
    return name not in docker(kind, "ls", "--format", "{{.Name}}").split()


def until(holds: Callable[[], bool], deadline: float = 120.0) -> None:
    ends = time.monotonic() + deadline
    while not holds():
        if time.monotonic() > ends:
            raise TimeoutError("the bench waits for something that doesn't come")
        time.sleep(0.05)


def timed(work: Callable[[], object]) -> float:
    """Return seconds of the wall clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of the wall clock, and of the processor time of the commands that it runs. Other programs on the
    machine change the first, and hardly the second."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = timed(work)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def seconds(values: Sequence[float]) -> str:
    """Return the median, with as many decimals as are meaningful."""
    middle = median(values)
    return (
        f"{middle:.2f} s" if middle >= 1 else f"{middle * 1000:.0f} ms" if middle >= 0.02 else f"{middle * 1000:.1f} ms"
    )


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def versions() -> str:
    client, server = docker("version", "--format", "{{.Client.Version}} {{.Server.Version}}").split()
    python = platform.python_version()
    return f"Docker client {client}, engine {server}, Python {python}, {os.cpu_count()} cores, {platform.machine()}."
