"""The supervisor itself, run as a container runs it, with a small app of the test's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.swarm.looping import Program, Report
from tests.swarm.waiting import until

Line = dict[str, Any]

APP = """
import os, signal, sys, time
def say(*words): print("app", os.getpid(), *words, flush=True)
def end(*_):
    say("end")
    sys.exit(int(os.environ.get("ENDS", "0")))
signal.signal(signal.SIGTERM, signal.SIG_IGN if "STUBBORN" in os.environ else end)
say("up")
while True: time.sleep(1)
"""


@dataclass
class Supervised:
    """A running ``reconciler entrypoint``; what it printed so far, as lines."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def told(self) -> list[Line]:
        """The supervisor's own lines."""
        return [line for line in self._json if line.get("by") == "entrypoint"]

    @property
    def passes(self) -> list[Report]:
        return [line for line in self._json if "by" not in line]

    @property
    def forced(self) -> list[Report]:
        return [report for report in self.passes if report["forced"]]

    def app(self, word: str) -> list[int]:
        """The pids of the app that said so, in turn."""
        said = (line.split() for line in list(self.lines) if line.startswith("app "))
        return [int(pid) for _, pid, *words in said if words == [word]]

    def messages(self, *like: str) -> list[str]:
        return [line["message"] for line in self.told if line["message"] in like or not like]

    def tells(self, message: str, times: int = 1, deadline: float = 60) -> Line:
        """Its fields, once it was told so often."""

        def found() -> list[Line] | None:
            those = [line for line in self.told if line["message"] == message]
            return those if len(those) >= times else None

        fields: Line = self.awaits(found, f"{times}x {message}", deadline)[times - 1]["fields"]
        return fields

    def runs(self, times: int = 1) -> int:
        """The app's pid, once it has come up so often."""
        return int(self.awaits(lambda: self.app("up")[times - 1 : times], f"app up {times}x")[0])

    def awaits(self, found: Callable[[], Any], what: str, deadline: float = 60) -> Any:
        return until(found, deadline, lambda: f"{what}; it printed:\n" + "\n".join(self.lines[-40:]))

    def ends(self, code: int = 0, deadline: float = 30) -> None:
        """Waits for its end."""
        assert self.process.wait(deadline) == code, "\n".join(self.lines[-40:])

    @property
    def pid(self) -> int:
        """Of the process that signals are for."""
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    @property
    def _json(self) -> list[Line]:
        return [json.loads(line) for line in list(self.lines) if line.startswith("{")]


class First(Supervised):
    """One that is process 1 of a PID namespace of its own, as in a container without an init."""

    @property
    def pid(self) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(until(lambda: children.read_text().split())[0])


@contextmanager
def supervised(
    program: Program, *options: str, app: str | None = APP, first: bool = False, **environ: str
) -> Iterator[Supervised]:
    """``entrypoint``, and a program in Python as its app; killed at the end whatever comes."""
    command = [sys.executable, "-m", "reconciler", "entrypoint", "--output", "json", *options]
    if app is not None:
        command += ["--", sys.executable, "-c", app]
    if first:
        command = ["unshare", "--fork", "--pid", "--kill-child", "--mount-proc", *command]
    process = subprocess.Popen(
        command, env={**os.environ, **program.environ, **environ}, stdout=subprocess.PIPE, text=True
    )
    made = First(process) if first else Supervised(process)
    reader = threading.Thread(target=made.read, daemon=True)
    reader.start()
    try:
        yield made
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


def alive(pid: int) -> bool:
    """A zombie isn't."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
