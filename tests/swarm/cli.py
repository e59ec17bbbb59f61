"""The Docker CLI, as somebody else who writes to the same Swarm."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DETACHES = 26
"""The first client whose ``stack deploy`` can be told not to wait; older ones never do."""


@cache
def client() -> int:
    """The major version of the Docker CLI here."""
    said = subprocess.run(["docker", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split("version ")[1].split(".")[0])


@dataclass(frozen=True, slots=True)
class Docker:
    """``docker`` with its engine given: ``docker("service", "rm", name)`` returns what it printed."""

    host: str

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        done = self._run(arguments, stdin)
        assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def deploy(self, file: Path, stack: str) -> None:
        """``docker stack deploy``, which asks no registry, and returns as soon as all is written."""
        detached = ("--detach=true",) if client() >= DETACHES else ()
        self("stack", "deploy", *detached, "--resolve-image=never", "--compose-file", str(file), stack)

    def succeeds(self, *arguments: str) -> bool:
        """Whether it exits 0."""
        return self._run(arguments, "").returncode == 0

    def tries(self, *arguments: str) -> str:
        """What it printed; empty when it failed, as on a container that has stopped meanwhile."""
        done = self._run(arguments, "")
        return done.stdout.strip() if done.returncode == 0 else ""

    def _run(self, arguments: tuple[str, ...], stdin: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "DOCKER_HOST": self.host}
        return subprocess.run(
            ["docker", *arguments], env=environ, input=stdin, capture_output=True, text=True, check=False
        )
