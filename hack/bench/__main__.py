"""Measure, and print the figures as Markdown: ``python -m hack.bench [PYTHON-WITH-ANSIBLE]``, with an engine at
``DOCKER_HOST`` that has a Swarm and the images of the platform and of the tests. ``BENCH=quick`` for few rounds."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hack.bench import commands, loop, passes
from hack.bench.commands import Row
from hack.bench.scene import empty, versions

TABLES = """\
# Measured side by side

Medians of rounds in turns, warm, on one private engine; made by `make bench`. A ratio above 1 says how many times less
the reconciler took than its peer.
"""


def table(title: str, peer: str, rows: Iterable[Row]) -> None:
    print(f"\n## {title}\n\n| what | {peer} | reconciler | ratio |\n| --- | --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def main(ansible: str | None) -> None:
    quick = os.environ.get("BENCH") == "quick"
    rounds = 2 if quick else 5
    print(TABLES, end="")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def fresh() -> Path:
            empty()
            return Path(tempfile.mkdtemp(dir=folder))

        table("Whole commands: `docker stack deploy`", "docker stack", commands.platform(fresh(), rounds))
        table("Many services: `docker stack deploy`", "docker stack", commands.stack_deploy(fresh(), 200, rounds))
        table("Where a loop runs: `docker stack deploy`", "docker stack", loop.by_socket(fresh(), 200, rounds))
        if ansible:
            rows = commands.ansible(fresh(), Path(ansible), 20, 1 if quick else 3)
            table("Many services: Ansible's community.docker", "ansible", rows)
        table("Creation by the loop", "docker stack", passes.creating(fresh(), 200, rounds))
        table("Passes of the loop, 200 services", "peer", passes.no_op(fresh(), 200, 0, 20 if quick else 200))
        table("Passes of the loop, 1,000 services", "peer", passes.no_op(fresh(), 1000, 3, 10 if quick else 60))
        table("The loop", "", loop.answers(fresh(), 200, 20 if quick else 60, 10 if quick else 60))
        table("Memory", "", passes.flat(fresh(), 200, 200 if quick else 10_000))
        table("Start-up", "", commands.start_up(5 if quick else 20))
    print(f"\n{versions()}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
