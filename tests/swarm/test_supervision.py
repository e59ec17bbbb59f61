"""`reconciler entrypoint` as a process: the loop and an app are kept running, reloaded and stopped, in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.supervising import APP, alive, supervised
from tests.swarm.waiting import until

SLOW = "sleep 1; touch /ready; exec sleep 1000"
CHECKED = """
healthcheck:
  test: [CMD, test, -e, /ready]
  interval: 500ms
"""


@pytest.fixture
def web(program: Program, stack: str) -> str:
    """A service that takes its time to be ready; its Swarm name."""
    program.write("app.yaml", compose(stack, {"web": service(SLOW, CHECKED)}))
    return f"{stack}_web"


def test_the_app_starts_when_its_services_are_ready_and_all_stops_in_order(program: Program, web: str) -> None:
    with supervised(program) as it:
        pid = it.runs()
        order = [index for index, line in enumerate(it.lines) if '"Ready"' in line or line.startswith("app ")]
        assert '"Ready"' in it.lines[order[0]]
        waited = [line["fields"]["for"] for line in it.told if line["message"] == "app waits"]
        assert waited[0] == "the first pass of the loop"
        assert f"{web}, which is Progressing" in waited
        assert len(waited) <= 5
        loop = int(it.tells("loop started")["pid"])
        it.signal(signal.SIGTERM)
        it.ends(0)
        assert it.app("end") == [pid]
        assert it.messages("loop stopped", "app stopped", "stopped") == ["loop stopped", "app stopped", "stopped"]
        assert not alive(loop)
    assert Docker(program.host)("service", "ls", "-q", "--filter", f"name={web}")


def test_only_the_services_that_it_names_matter(program: Program, stack: str) -> None:
    broken = service("exit 1")
    program.write("app.yaml", compose(stack, {"web": service(), "broken": broken}))
    with supervised(program, "--after", f"{stack}/web") as it:
        it.runs()
    with supervised(program) as it:
        it.awaits(lambda: len(it.passes) > 3, "passes")
        assert not it.app("up")


def test_what_crashes_comes_back_alone(program: Program) -> None:
    """The app, the loop; neither touches the other."""
    with supervised(program) as it:
        first = it.runs()
        os.kill(first, signal.SIGSEGV)
        second = it.runs(2)
        assert it.tells("app ended and is started again")["why"] == "killed by SIGSEGV"
        loop = int(it.tells("loop started")["pid"])
        os.kill(loop, signal.SIGKILL)
        assert int(it.tells("loop started", 2)["pid"]) != loop
        passes = len(it.passes)
        it.awaits(lambda: len(it.passes) > passes, "a pass of the new loop")
        program.trigger.touch()
        it.runs(3)
        assert it.app("end") == [second]


def test_a_service_that_degrades_later_stops_no_app(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    with supervised(program) as it:
        pid = it.runs()
        failing = service("exit 1", "deploy: {update_config: {order: stop-first}}")
        program.write("app.yaml", compose(stack, {"web": failing}))
        it.awaits(lambda: it.passes[-1]["verdict"] in {"Degraded", "RolledBack"}, "a service that fails")
        assert alive(pid)
        assert it.app("up") == [pid]


def test_a_forced_pass_reloads_the_app_once_the_change_is_ready(program: Program, stack: str, web: str) -> None:
    with supervised(program) as it:
        first = it.runs()
        program.write("app.yaml", compose(stack, {"web": service(SLOW, f"{CHECKED}environment: {{A: b}}")}))
        it.signal(signal.SIGHUP)
        second = it.runs(2)
        assert it.app("end") == [first]
        lines = [line for line in it.told if line["message"] == "app waits to be reloaded"]
        assert any(web in line["fields"]["for"] for line in lines)
        seen = it.lines.index(f"app {second} up")
        before = [line for line in it.lines[:seen] if line.startswith('{"format":1,"id"')]
        assert '"verdict":"Ready"' in before[-1] or '"verdict":"Ready"' in before[-2]
        spec = Docker(program.host)("service", "inspect", web, "--format", "{{.Spec.TaskTemplate.ContainerSpec.Env}}")
        assert spec == "[A=b]"


def test_a_storm_of_hangups_makes_two_passes_and_two_reloads_at_most(program: Program) -> None:
    with supervised(program) as it:
        it.runs()
        for _ in range(100):
            it.signal(signal.SIGHUP)
            time.sleep(0.01)
        it.awaits(lambda: it.forced, "a forced pass")
        rest = time.time() + 3
        it.awaits(lambda: time.time() > rest, "the dust to settle")
        assert 1 <= len(it.forced) <= 2
        assert 2 <= len(it.app("up")) <= 3


def test_a_hangup_while_the_loop_is_down_is_done_when_it_is_back(program: Program) -> None:
    with supervised(program) as it:
        it.runs()
        os.kill(int(it.tells("loop started")["pid"]), signal.SIGKILL)
        it.signal(signal.SIGHUP)
        it.runs(2)
        assert it.forced


def test_an_app_that_ignores_sigterm_is_killed_at_its_deadline(program: Program) -> None:
    with supervised(program, "--app-stop-timeout", "1", STUBBORN="1") as it:
        pid = it.runs()
        it.signal(signal.SIGTERM)
        it.ends(137)
        assert not alive(pid)


def test_its_share_of_the_grace_ends_it_too(program: Program) -> None:
    with supervised(program, "--grace", "2", STUBBORN="1") as it:
        it.runs()
        it.signal(signal.SIGTERM)
        it.ends(137, deadline=10)  # docker's patience


def test_a_second_sigterm_ends_all_at_once(program: Program) -> None:
    with supervised(program, "--grace", "1000", "--app-stop-timeout", "1000", STUBBORN="1") as it:
        pid = it.runs()
        it.signal(signal.SIGTERM)
        it.tells("loop stopped")
        it.signal(signal.SIGTERM)
        it.ends(143)
        until(lambda: not alive(pid), what="the app is gone")


@pytest.mark.parametrize(("ends", "code"), [("7", 7), ("0", 0)])
def test_the_apps_exit_code_is_the_containers(program: Program, ends: str, code: int) -> None:
    with supervised(program, "--app-restart", "never", app=f"raise SystemExit({ends})") as it:
        it.ends(code)
        assert it.tells("app ended for good")["why"] == f"exit code {ends}"
        assert not alive(int(it.tells("loop started")["pid"]))


def test_nothing_of_a_supervisor_that_is_killed_lives_on(program: Program) -> None:
    with supervised(program) as it:
        pids = [it.runs(), int(it.tells("loop started")["pid"])]
        it.signal(signal.SIGKILL)
        for pid in pids:
            until(lambda pid=pid: not alive(pid), what="its children are gone")  # type: ignore[misc]


ORPHANS = """
import os, pathlib, subprocess, time
for _ in range(1000):
    subprocess.run(["sh", "-c", "sleep 0 & exec true"])
def zombies():
    count = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try: count += stat.read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError: pass
    return count
until = time.monotonic() + 300
while zombies() and time.monotonic() < until: time.sleep(0.05)
print("zombies:", zombies(), flush=True)
"""


def test_as_process_1_it_reaps_orphans_and_passes_signals_on(program: Program) -> None:
    with supervised(program, app=f"{ORPHANS}\n{APP}", first=True) as it:
        assert it.runs()
        assert "zombies: 0" in it.lines
        it.signal(signal.SIGHUP)
        it.runs(2)
        it.signal(signal.SIGTERM)
        it.ends(0)
        assert len(it.app("end")) == 2


def test_as_process_1_it_keeps_the_apps_exit_code(program: Program) -> None:
    with supervised(program, "--app-restart", "never", app="raise SystemExit(5)", first=True) as it:
        it.ends(5)


def said(program: Program, *arguments: str, expect: int) -> str:
    """What it prints where it doesn't come up."""
    command = [sys.executable, "-m", "reconciler", "entrypoint", *arguments]
    environ = {**os.environ, **program.environ}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == expect, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_cannot_be_started_is_told_before_anything_is_begun(program: Program, tmp_path: Path) -> None:
    assert "no such program" in said(program, "--", "/no/such", expect=127)
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    assert "chmod +x" in said(program, "--", str(tmp_path / "plain"), expect=126)
    assert "--app-ports" in said(program, "--app-health-url", "http://127.0.0.1:{port}/", "--", "true", expect=64)
    assert "no signal" in said(program, "--app-reload-signal", "NO", "--", "true", expect=64)
    assert "Invalid value" in said(program, "--app-restart", "sometimes", expect=64)


def test_a_loop_that_was_told_nonsense_ends_it(program: Program) -> None:
    """Another start of it would come to nothing again."""
    assert "in no git checkout" in said(program, "--committed", expect=64)


def test_a_loop_that_is_frozen_is_restarted_and_the_health_check_says_so(program: Program, web: str) -> None:
    with supervised(program, app=None, RECONCILER_LOOP_TIMEOUT="6") as it:
        it.awaits(lambda: any(report["verdict"] == "Ready" for report in it.passes), f"{web} is Ready")
        frozen = int(it.tells("loop started")["pid"])
        os.kill(frozen, signal.SIGSTOP)
        assert "doesn't answer" in program("healthcheck", expect=1)
        assert it.tells("loop doesn't answer and is restarted", deadline=120)["pid"] == frozen
        it.tells("loop started", 2)
        passes = len(it.passes)
        it.awaits(lambda: len(it.passes) > passes, "a pass of the new loop", 120)
        assert "Ready" in program("healthcheck")
        it.signal(signal.SIGTERM)
        it.ends(0)
