"""The Docker CLI, as somebody else who writes to the same Swarm."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MODERN = 28
"""What ``docker stack`` makes of a file is what its newest client makes of it: Debian 12's own, 20.10, doesn't know
half of the keys."""
SID = Path(__file__).resolve().parents[2] / ".engine" / "cache" / "sid" / "usr" / "bin"
"""In the root that ``hack/engine`` makes; its programs run outside of it as well."""


@cache
def modern() -> str:
    """A Docker CLI that is new enough: the one here, or Debian sid's."""
    for program in ("docker", str(SID / "docker")):
        if shutil.which(program) and _major(program) >= MODERN:
            return program
    raise AssertionError(f"no docker client of {MODERN} or later here: `hack/engine up NAME-sid` fetches one")


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split("version ")[1].split(".")[0])


@dataclass(frozen=True, slots=True)
class Docker:
    """``docker`` with its engine given: ``docker("service", "rm", name)`` returns what it printed."""

    host: str
    within: tuple[str, ...] = ()
    """The words before the arguments, for a client in a container there: ``exec``, its name, ``docker``."""

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        done = self._run(arguments, stdin)
        assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def deploy(self, file: Path, stack: str, environ: Mapping[str, str] | None = None) -> None:
        """``docker stack deploy``, which asks no registry, and returns as soon as all is written; ``environ`` in place
        of the process's."""
        once = ("--detach=true", "--resolve-image=never")
        environ = {**(os.environ if environ is None else environ), "DOCKER_HOST": self.host}
        command = [modern(), "stack", "deploy", *once, "--compose-file", str(file), stack]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"

    def asked(self, *arguments: str, patience: float | None = None) -> str | None:
        """What it printed, None where it failed. Raises ``TimeoutExpired`` after ``patience`` seconds."""
        done = self._run(arguments, "", patience)
        return done.stdout.strip() if done.returncode == 0 else None

    def succeeds(self, *arguments: str) -> bool:
        """Whether it exits 0."""
        return self._run(arguments, "").returncode == 0

    def tries(self, *arguments: str) -> str:
        """What it printed; empty when it failed, as on a container that has stopped meanwhile."""
        done = self._run(arguments, "")
        return done.stdout.strip() if done.returncode == 0 else ""

    def _run(
        self, arguments: tuple[str, ...], stdin: str, patience: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "DOCKER_HOST": self.host}
        return subprocess.run(
            ["docker", *self.within, *arguments],
            env=environ,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=patience,
        )
