"""A loop that doesn't answer is restarted; one that was paused together with the supervisor isn't."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
from pathlib import Path

from reconciler.supervisor.child import Child
from reconciler.supervisor.process import Program
from reconciler.supervisor.silence import LONGEST_STEP, Silence
from reconciler.supervisor.watchdog import Watchdog, may_listen
from tests.unit.supervisor.stage import Stage, on_stage

LOOP = """
import json, os, socket, sys
path = sys.argv[1]
if os.path.exists(path): os.remove(path)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
while True:
    client, _ = server.accept()
    client.recv(100)
    client.sendall(json.dumps({"state": {"pid": os.getpid()}}).encode() + b"\\n")
    client.close()
"""


def test_silence_is_what_passes_between_looks() -> None:
    silence = Silence()
    for now in (100.0, 101.0, 102.0, 103.5):
        silence.look(now)
    assert silence.seconds == 3.5
    silence.broken()
    silence.look(105.0)
    assert silence.seconds == 1.5


def test_a_gap_of_our_own_is_no_silence_of_the_loop() -> None:
    silence = Silence()
    for now in (0.0, 1.0, 3600.0, 3601.0, 86400.0):
        silence.look(now)
    assert silence.seconds <= 4 * LONGEST_STEP < 30


def test_a_loop_that_is_stopped_is_killed_and_started_again(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        socket = tmp_path / "loop.sock"
        child = Child(Program("loop", (sys.executable, "-c", LOOP, str(socket))), stage.around)
        keeping = asyncio.ensure_future(child.keep())
        watching = asyncio.ensure_future(Watchdog(child, socket, 6.0, stage.around.tell).watch())
        async with asyncio.timeout(120):
            while not socket.exists() or child.process is None:
                await asyncio.sleep(0.05)
            first = child.process.pid
            await asyncio.sleep(10)
            assert child.process.pid == first  # it answers, so it is left alone
            child.send(signal.SIGSTOP)
            while child.process is None or child.process.pid == first:
                await asyncio.sleep(0.05)
        watching.cancel()
        await child.stop(5)
        await keeping

    on_stage(test)


def test_a_loop_that_never_answered_is_restarted(tmp_path: Path) -> None:
    """It hangs before it listens, or before its first answer."""

    async def test(stage: Stage) -> None:
        hangs = "import fcntl, sys, time; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, 2); time.sleep(1000)"
        for code in ("import time; time.sleep(1000)", hangs):
            child = Child(Program("loop", (sys.executable, "-c", code, str(tmp_path / "no.lock"))), stage.around)
            keeping = asyncio.ensure_future(child.keep())
            watching = asyncio.ensure_future(Watchdog(child, tmp_path / "no.sock", 2.0, stage.around.tell).watch())
            async with asyncio.timeout(120):
                while child.process is None:
                    await asyncio.sleep(0.05)
                first = child.process.pid
                while child.process is None or child.process.pid == first:
                    await asyncio.sleep(0.05)
            watching.cancel()
            await child.stop(5)
            await keeping

    on_stage(test)


def test_a_loop_that_cannot_listen_is_left_alone(tmp_path: Path) -> None:
    socket = tmp_path / "loop.sock"
    assert may_listen(socket, os.getpid())
    assert not may_listen(tmp_path / "none" / "loop.sock", os.getpid())
    assert not may_listen(tmp_path / ("x" * 110), os.getpid())
    with socket.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert may_listen(socket, os.getpid())
        assert not may_listen(socket, os.getpid() + 1)  # another loop listens there
