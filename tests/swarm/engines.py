"""Private engines of ``hack/engine``, for what can't be done to a shared one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.swarm.cli import Docker
from tests.swarm.waiting import until

HACK = Path(__file__).parent.parent.parent / "hack"
OLDEST = "bookworm"
RELEASES = {
    OLDEST: "RECONCILER_TEST_HOST",
    "trixie": "RECONCILER_TEST_HOST_TRIXIE",
    "sid": "RECONCILER_TEST_HOST_SID",
}
"""Debian releases whose engines are tested with (20.10; 26.1; 28.5 or later), and the variable that names one."""


@dataclass(frozen=True, slots=True)
class PrivateEngine:
    """An engine with a Swarm of one node, a network of its own, and the image ``busybox:latest``."""

    name: str
    host: str

    @property
    def docker(self) -> Docker:
        return Docker(self.host)

    @property
    def socket(self) -> str:
        return self.host.removeprefix("unix://")

    def stop(self) -> None:
        """As an operator would; its tasks go down with it."""
        _run("engine", "stop", self.name)

    def kill(self) -> None:
        """As a crash would. The next start would take a containerd that is dead, but not yet reaped, for alive."""
        pid = Path(self.socket).parent / "exec" / "containerd" / "containerd.pid"
        containerd = Path("/proc") / pid.read_text().strip()
        _run("engine", "kill", self.name)
        until(lambda: not containerd.exists(), what=f"{containerd} is gone")

    def inside(self, *command: str | Path) -> list[str | Path]:
        """``command`` on the engine's own network, where its host-mode ports and its loopback address are."""
        pid = (Path(self.socket).parent / "docker.pid").read_text().strip()
        return ["nsenter", f"--net=/proc/{pid}/ns/net", *command]

    def start(self) -> None:
        """Returns once its Swarm has a leader."""
        _run("engine", "start", self.name)


@contextmanager
def private_engine(purpose: str, images: str = "test", release: str = OLDEST) -> Iterator[PrivateEngine]:
    """One that is there while the block runs, with those of ``hack/images``, parted by blanks."""
    name = f"pytest-{purpose}-{os.getpid()}{'' if release == OLDEST else f'-{release}'}"
    try:
        host = _run("engine", "up", name)
        _run("images", *images.split(), DOCKER_HOST=host)
        yield PrivateEngine(name, host)
    finally:
        _run("engine", "down", name)


def _run(script: str, *arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [HACK / script, *arguments], env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()
