"""The supervisor with a loop made by the test: how everything ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.supervisor.app import AppSettings
from reconciler.supervisor.supervisor import Daemon, Supervisor, SupervisorSettings
from tests.unit.supervisor.stage import Stage, on_stage


@dataclass
class Ready:
    """An engine that is ready at once."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    daemon: Daemon | None = None

    async def ready(self) -> None:
        return


def test_a_loop_that_was_told_nonsense_gives_the_exit_code_though_an_app_waits(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        loop = (sys.executable, "-c", f"raise SystemExit({UsageError.exit_code})")
        app = AppSettings(command=(sys.executable, "-c", ""))
        settings = SupervisorSettings(loop, tmp_path / "no.sock", app)
        assert await Supervisor(settings, Ready(), stage.around).run() == UsageError.exit_code

    on_stage(test)


EARLY = """
import os, signal, sys
from reconciler.cli import command_line, start
def comes_late(arguments, run=command_line.run):
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)
    return run(arguments)
command_line.run = comes_late
sys.argv = ["reconciler", "entrypoint"]
start.main()
"""
"""Sends signals when only the program's first lines have run."""


def test_signals_that_come_before_anything_is_there_wait(tmp_path: Path) -> None:
    environ = {**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/no.sock", "RECONCILER_RUN_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", EARLY], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "why=SIGTERM" in done.stdout
