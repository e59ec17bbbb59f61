"""Our image, run as its users run it: with the socket of an engine mounted, and with an engine of its own."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, Report
from tests.swarm.nodes import PRIVILEGES, remove_cgroups
from tests.swarm.waiting import until

IMAGE = "reconciler:latest"
SOCKET = "/var/run/docker.sock"
KINDS = ("service", "container", "network", "config", "secret", "volume")
"""Of what a test may leave, in the order that it can be removed in."""
FORCE = {"container": ("--force", "--volumes"), "volume": ("--force",)}
END = 3000
"""Characters of a log, in an error."""
BUILT_IN = {"bridge", "host", "none", "ingress", "docker_gwbridge"}
"""Networks."""


class Mode(StrEnum):
    """Whose engine it is: that of the machine, or its own."""

    SOCKET = "socket"
    DIND = "dind"


@dataclass(frozen=True, slots=True)
class Container:
    """One of our image on the engine ``outer``. ``desired`` is its folder as seen from here."""

    name: str
    mode: Mode
    outer: Docker
    desired: Path

    @property
    def docker(self) -> Docker:
        """The Docker CLI on the engine that it reconciles."""
        if self.mode is Mode.SOCKET:
            return self.outer
        return Docker(self.outer.host, ("exec", "--interactive", self.name, "docker"))

    def exec(self, *command: str, user: str = "") -> str:
        """What a command in it prints; it has to succeed."""
        return self.outer("exec", *(("--user", user) if user else ()), self.name, *command)

    def write(self, name: str, text: str) -> Path:
        """A file of the desired folder, put there in one step as editors do."""
        return Program("", "", self.desired).write(name, text)

    def load(self, *images: str) -> None:
        """Images of the outer engine, into its own."""
        if self.mode is Mode.SOCKET:
            return
        environ = {**os.environ, "DOCKER_HOST": self.outer.host}
        into = ["docker", "exec", "--interactive", self.name, "docker", "load", "--quiet"]
        with subprocess.Popen(["docker", "save", *images], env=environ, stdout=subprocess.PIPE) as save:
            subprocess.run(into, env=environ, stdin=save.stdout, stdout=subprocess.DEVNULL, check=True)
        assert save.returncode == 0

    def answers(self, deadline: float = 30) -> None:
        """Returns once the engine that it reconciles answers, and manages a Swarm."""
        until(lambda: self.docker.succeeds("node", "ls"), deadline, lambda: f"a Swarm; the log: {self.log()[-END:]}")

    def log(self) -> str:
        """All that it printed, in all of its lives."""
        environ = {**os.environ, "DOCKER_HOST": self.outer.host}
        command = ["docker", "logs", self.name]
        return subprocess.run(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        ).stdout

    def records(self) -> list[Report]:
        """The JSON objects among its lines: what the entrypoint says (``message``), and reports of passes."""
        return [json.loads(line) for line in self.log().splitlines() if line.startswith('{"')]

    def report(self, like: Callable[[Report], bool], since: int = 0, deadline: float = 60) -> Report:
        """The first report of a pass, among its records from number ``since`` on, that is as ``like`` says."""

        def found() -> Report | None:
            return next((each for each in self.records()[since:] if "verdict" in each and like(each)), None)

        return until(found, deadline, lambda: f"a report like that; the log: {self.log()[-END:]}")

    def ready(self, since: int = 0, deadline: float = 60) -> Report:
        return self.report(lambda report: report["verdict"] == "Ready", since, deadline)

    def state(self) -> dict[str, Any]:
        """As the engine has it: ``Running``, ``ExitCode``, ``Pid``, ``Health``."""
        found: dict[str, Any] = json.loads(self.outer("inspect", "--format", "{{json .State}}", self.name))
        return found

    def healthy(self, deadline: float = 60) -> None:
        """Returns once its health check passes."""
        healthy = "healthy"
        until(
            lambda: self.state()["Health"]["Status"] == healthy,
            deadline,
            lambda: f"healthy: {self.state()}; the log: {self.log()[-END:]}",
        )

    def ended(self, deadline: float = 30) -> int:
        """Its exit code, once it has ended."""
        until(lambda: not self.state()["Running"], deadline, lambda: f"it ends; the log: {self.log()[-END:]}")
        code: int = self.state()["ExitCode"]
        return code

    def processes(self) -> list[tuple[int, str]]:
        """Process ids, of the machine, and command lines of all that runs in it."""
        lines = self.outer("top", self.name, "-ww", "-eo", "pid,args").splitlines()[1:]
        return [(int(pid), words) for pid, words in (line.strip().split(None, 1) for line in lines)]


@dataclass(frozen=True, slots=True)
class Yard:
    """An engine to run our image on, and a folder for what they are to reconcile."""

    docker: Docker
    folder: Path

    @contextmanager
    def container(
        self,
        mode: Mode,
        *options: str,
        command: tuple[str, ...] = (),
        environ: Mapping[str, str] | None = None,
        volume: str = "",
    ) -> Iterator[Container]:
        """One that runs while the block does. ``options`` are of ``docker run``, ``command`` of the entrypoint.

        ``volume`` is that of its own engine; without a name one that goes with the container.
        """
        name = f"reconciler-{secrets.token_hex(4)}"
        desired = self.folder / "desired"
        desired.mkdir(exist_ok=True)
        given = {"RECONCILER_OUTPUT": "json", **(environ or {})}
        variables = (f"--env={key}={value}" for key, value in given.items())
        own = ("--volume", f"{desired}:/app/desired", "--hostname", name, *variables)
        id_ = self.docker("create", "--name", name, *own, *self.of(mode, volume), *options, IMAGE, *command)
        try:
            self.docker("start", name)
            yield Container(name, mode, self.docker, desired)
        finally:
            self.docker("rm", "--force", "--volumes", name)
            remove_cgroups(f"/docker/{id_}")

    def stock(self, volume: str, *images: str) -> None:
        """Images into a volume for an engine of its own, made if need be."""
        name = f"stock-{secrets.token_hex(4)}"
        self.docker("run", "--detach", "--name", name, *self.of(Mode.DIND, volume), "--entrypoint", "dockerd", IMAGE)
        try:
            stocking = Container(name, Mode.DIND, self.docker, self.folder)
            until(lambda: stocking.docker.succeeds("version"), what="an engine that takes images answers")
            stocking.load(*images)
            self.docker("stop", name)
        finally:
            self.docker("rm", "--force", name)

    def of(self, mode: Mode, volume: str = "") -> tuple[str, ...]:
        """What ``docker run`` has to be told for a mode. No name server is there to be asked for a registry: a refusal
        comes at once, silence takes 20 s."""
        if mode is Mode.SOCKET:
            return ("--volume", f"{self.docker.host.removeprefix('unix://')}:{SOCKET}")
        data = f"{volume}:/var/lib/docker" if volume else "/var/lib/docker"
        return (*PRIVILEGES, "--volume", data, "--dns", "127.0.0.1")

    def sweep(self) -> None:
        """Removes whatever is left of tests, images aside."""
        until(self._swept, 60, lambda: f"nothing is left of a test: {self._left()}")

    def _swept(self) -> bool:
        """Removes what can be removed by now; whether nothing was left to remove."""
        left = self._left()
        for kind, name in left:
            self.docker.succeeds(kind, "rm", *FORCE.get(kind, ()), name)
        return not left

    def _left(self) -> list[tuple[str, str]]:
        return [(kind, name) for kind in KINDS for name in self._named(kind)]

    def _named(self, kind: str) -> set[str]:
        every = ("--all",) if kind == "container" else ()
        column = "{{.Names}}" if kind == "container" else "{{.Name}}"
        return {*self.docker(kind, "ls", *every, "--format", column).split()} - BUILT_IN
