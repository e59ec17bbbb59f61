"""The program itself, run as its users run it, on a desired folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.files import put
from tests.machine import slowness_at_start
from tests.swarm.waiting import until

Report = dict[str, Any]


@dataclass
class Loop:
    """A running ``reconciler run``: the passes it reported so far, one JSON object each."""

    process: subprocess.Popen[str]
    reports: list[Report] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.reports.append(json.loads(line))

    def report(self, like: Callable[[Report], bool], since: int = 0, deadline: float = 60) -> Report:
        """The first report from number ``since`` on that is as ``like`` says."""

        def found() -> Report | None:
            assert self.process.poll() is None, "the loop has ended"
            return next((report for report in self.reports[since:] if like(report)), None)

        return until(found, deadline, lambda: f"a report like that; the last one: {self.reports[-1:]}")

    def ready(self, since: int = 0) -> Report:
        return self.report(lambda report: report["verdict"] == "Ready", since)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@dataclass(frozen=True)
class Program:
    """``reconciler`` on one engine, one owner and one desired folder."""

    host: str
    owner: str
    desired: Path
    elsewhere: bool = False
    """As if on another machine: whether its processes live can't be told from here, nor the other way round."""

    @property
    def trigger(self) -> Path:
        return self.desired.parent / ".reload-trigger"

    def write(self, name: str, text: str) -> Path:
        """A file of the desired folder."""
        return put(self.desired / name, text)

    def __call__(self, *arguments: str, expect: int = 0, **environ: str) -> str:
        """What a command prints; its exit code has to be ``expect``."""
        done = subprocess.run(
            self._command(*arguments),
            env=self._environ(environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def json(self, *arguments: str, expect: int = 0, **environ: str) -> Any:
        return json.loads(self(*arguments, "--output", "json", expect=expect, **environ))

    @contextmanager
    def loop(self, **environ: str) -> Iterator[Loop]:
        """``run``, killed at the end whatever comes."""
        process = subprocess.Popen(
            self._command("run", "--output", "json"), env=self._environ(environ), stdout=subprocess.PIPE, text=True
        )
        loop = Loop(process)
        reader = threading.Thread(target=loop.read, daemon=True)
        reader.start()
        try:
            yield loop
        finally:
            process.kill()
            process.wait()
            reader.join()
            assert process.stdout is not None
            process.stdout.close()

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Another command that is under way, killed at the end whatever comes."""
        with subprocess.Popen(self._command(*arguments), env=self._environ({})) as process:
            try:
                yield process
            finally:
                process.kill()

    def _command(self, *arguments: str) -> list[str]:
        apart = ("unshare", "--fork", "--pid", "--kill-child", "--mount-proc") if self.elsewhere else ()
        return [*apart, sys.executable, "-m", "reconciler", *arguments]

    @property
    def environ(self) -> dict[str, str]:
        """What tells it all this."""
        return {
            "RECONCILER_HOST": self.host,
            "RECONCILER_OWNER": self.owner,
            "RECONCILER_DESIRED": str(self.desired),
            "RECONCILER_RUN_DIR": str(self.desired.parent / "run"),
        }

    def _environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        return {**os.environ, **self.environ, **environ}


def service(script: str = "exec sleep 1000", extra: str = "", image: str = "busybox:latest") -> str:
    """A Compose service of busybox that does as ``script`` says; it comes of age at once."""
    lines = [
        f"image: {image}",
        f"command: {json.dumps(['sh', '-c', f'trap exit TERM; {script}'])}",
        "init: true",
        "stop_grace_period: 1s",
        *dedent(extra).strip("\n").splitlines(),
    ]
    return "\n".join(lines)


def compose(stack: str, services: Mapping[str, str], rest: str = "") -> str:
    """A Compose file; tasks count as ready after 1 s."""
    options = f"x-reconciler: {{min_task_age: 1s, ready_timeout: {20 * slowness_at_start():.0f}s}}"
    parts = [f"name: {stack}", options, "services:"]
    for name, text in services.items():
        parts.append(f"  {name}:")
        parts += [f"    {line}" for line in text.splitlines()]
        if "endpoint_mode" not in text and "deploy:" not in text:
            parts.append("    deploy: {endpoint_mode: dnsrr}")
    return "\n".join([*parts, dedent(rest).strip("\n"), ""])
