"""reconciler and ``docker stack deploy`` on one file and one engine, in turns; medians and ratios, as Markdown.

Usage: side_by_side.py SERVICES ROUNDS, with an engine at ``DOCKER_HOST`` that has a Swarm and the image busybox:latest.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

STACK = "bench"
PEER, OURS = "docker stack deploy", "reconciler apply"
STEPS = ("create all", "again, nothing changed", "change all")


def compose(services: int, value: str) -> str:
    """A stack of services without tasks, so that only the writing counts, with one environment variable each."""
    service = {
        "image": "busybox:latest",
        "command": ["sleep", "infinity"],
        "environment": {"VALUE": value},
        "networks": ["net"],
        "deploy": {"endpoint_mode": "dnsrr", "replicas": 0},
    }
    names = {f"s{number}": service for number in range(services)}
    return json.dumps({"version": "3.8", "services": names, "networks": {"net": {}}})


def run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def empty() -> None:
    names = run(["docker", "service", "ls", "--quiet"]).split()
    if names:
        run(["docker", "service", "rm", *names])
    while run(["docker", "network", "ls", "--quiet", "--filter", f"name={STACK}_net"]):
        subprocess.run(["docker", "network", "rm", f"{STACK}_net"], check=False, capture_output=True)


def measure(services: int, rounds: int, folder: Path) -> dict[tuple[str, str], list[float]]:
    """Seconds of every round, by what was done and by who did it."""
    file = folder / f"{STACK}.yaml"
    commands = {
        PEER: ["docker", "stack", "deploy", "--detach=true", "--resolve-image=never", "-c", str(file), STACK],
        OURS: [sys.executable, "-m", "reconciler", "apply", "--desired", str(folder), "--timeout", "120"],
    }
    took: dict[tuple[str, str], list[float]] = {(step, who): [] for step in STEPS for who in commands}
    for number in range(rounds):
        for who, command in commands.items():
            empty()
            for step in STEPS:
                file.write_text(compose(services, f"{number} {step == 'change all'}"))
                began = time.perf_counter()
                run(command)
                took[step, who].append(time.perf_counter() - began)
    return took


def table(took: dict[tuple[str, str], list[float]]) -> list[str]:
    lines = [f"| step | {PEER} | {OURS} | ratio |", "| --- | --- | --- | --- |"]
    for step in STEPS:
        peer, ours = median(took[step, PEER]), median(took[step, OURS])
        lines.append(f"| {step} | {peer:.2f} s | {ours:.2f} s | {peer / ours:.2f} |")
    return lines


def main(services: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        took = measure(services, rounds, Path(folder))
    client, server = run(["docker", "version", "--format", "{{.Client.Version}} {{.Server.Version}}"]).split()
    print("# Measured side by side\n")
    print(f"{services} services without tasks on one network, whole commands, medians of {rounds} rounds in turns.")
    print(f"A ratio above 1 means that {OURS} took less time. Made by `make bench`.\n")
    print("\n".join(table(took)))
    print(f"\nDocker client {client}, engine {server}, Python {platform.python_version()}, {os.cpu_count()} cores.")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
