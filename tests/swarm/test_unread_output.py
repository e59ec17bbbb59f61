"""A loop whose output nobody reads goes on, and ends when it is told to."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until


def test_a_loop_heals_though_nobody_reads_what_it_prints(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"a": service()}))
    command = [sys.executable, "-m", "reconciler", "run", "--output", "json", "--interval", "1s"]
    with subprocess.Popen(command, env=program._environ({}), stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)

            def replicas() -> str:
                return docker("service", "inspect", f"{stack}_a", "--format", "{{.Spec.Mode.Replicated.Replicas}}")

            def tasks() -> list[str]:
                found = docker("service", "ls", "--filter", f"name={stack}_a", "--format", "{{.Replicas}}")
                return ["running"] if found.startswith("1/1") else []

            until(lambda: tasks() == ["running"], 90, "the service runs")
            said = "nobody reads the output"
            until(lambda: said in str(program.json("status")["warnings"]), 180, "a warning says so")
            docker("service", "scale", "--detach", f"{stack}_a=0")
            until(lambda: replicas() == "1", 60, "the drift is healed")
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
