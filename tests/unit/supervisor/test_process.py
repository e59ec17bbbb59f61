"""Children: whole lines, no leftovers, started again when they end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from reconciler.errors import CannotStart
from reconciler.supervisor import process as process_module
from reconciler.supervisor.child import Child
from reconciler.supervisor.process import Process, Program, in_words
from reconciler.supervisor.shared_output import SharedOutput
from tests.unit.supervisor.stage import NAPPING, Stage, alive, on_stage, python


def test_what_it_prints_is_passed_on_line_by_line_with_its_end() -> None:
    script = "import sys; print('a\\nb'); sys.stdout.flush(); print('c', file=sys.stderr, end=''); sys.exit(3)"

    async def test(stage: Stage) -> None:
        process = await Process.start(python(script), stage.out, stage.err)
        assert await process.ended() == 3
        await stage.until(lambda: len(stage.lines) == 3)
        assert sorted(stage.lines) == ["a", "b", "c"]
        assert stage.printed.endswith(b"\n")

    on_stage(test)


def test_lines_of_two_never_mix_and_long_ones_are_whole() -> None:
    script = "import sys\nfor _ in range(60): print(sys.argv[1] * 30000)"

    async def test(stage: Stage) -> None:
        both = [await Process.start(python(script, letter), stage.out, stage.err) for letter in "ab"]
        assert [await process.ended() for process in both] == [0, 0]
        await stage.until(lambda: len(stage.printed) == 120 * 30001)
        assert set(stage.lines) == {"a" * 30000, "b" * 30000}

    on_stage(test)


def test_each_line_has_the_prefix() -> None:
    program = Program("dockerd", (sys.executable, "-c", "print('a\\n\\nb')"), prefix="dockerd | ")

    async def test(stage: Stage) -> None:
        await (await Process.start(program, stage.out, stage.err)).ended()
        await stage.until(lambda: len(stage.lines) == 3)
        assert stage.lines == ["dockerd | a", "dockerd | ", "dockerd | b"]

    on_stage(test)


def test_an_output_that_nobody_reads_holds_up_no_signal() -> None:
    async def main() -> int:
        reading, writing = os.pipe()
        output = SharedOutput(writing)
        process = await Process.start(python("while True: print('x' * 1000)"), output, output)
        await asyncio.sleep(0.3)
        code = await process.stop(20)
        os.close(reading)
        os.close(writing)
        return code

    assert asyncio.run(asyncio.wait_for(main(), 30)) == -signal.SIGTERM


@pytest.mark.parametrize("ends", ["pass", "sys.exit(1)", "os.kill(os.getpid(), 9)"])
def test_no_child_of_it_is_left(ends: str) -> None:
    script = "import os, sys, subprocess; print(subprocess.Popen(['sleep', '1000']).pid, flush=True); "

    async def test(stage: Stage) -> None:
        process = await Process.start(python(script + ends), stage.out, stage.err)
        await process.ended()
        pid = await stage.until(lambda: stage.lines)
        await stage.until(lambda: not alive(int(pid[0])))

    on_stage(test)


def test_one_that_ignores_the_signal_is_killed_at_its_deadline() -> None:
    script = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {NAPPING}"

    async def test(stage: Stage) -> None:
        process = await Process.start(python(script), stage.out, stage.err)
        await stage.until(lambda: stage.lines)
        assert await process.stop(0.2) == -signal.SIGKILL

    on_stage(test)


def test_children_of_one_that_is_stopped_may_end_in_their_own_time() -> None:
    script = "trap 'sleep 0.2; echo child done; exit' TERM; echo up; while :; do sleep 0.02; done"

    async def test(stage: Stage) -> None:
        program = Program("app", ("sh", "-c", '(eval "$1"); :', "sh", script))
        process = await Process.start(program, stage.out, stage.err)
        await stage.until(lambda: stage.lines)
        assert await process.stop(20) == -signal.SIGTERM
        await stage.until(lambda: "child done" in stage.lines)

    on_stage(test)


@pytest.mark.parametrize(
    ("content", "mode", "code", "said"),
    [
        (None, 0, 127, "no such program"),
        ("#!/no/such\n", 0o755, 127, "#! line"),
        ("echo\n", 0o755, 126, "#! line"),
        ("#!/bin/sh\n", 0o644, 126, "make it executable"),
    ],
)
def test_what_cannot_be_started_is_told_in_words(
    content: str | None, mode: int, code: int, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "program"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    program = Program("app", (str(path),))

    async def test(stage: Stage) -> None:
        with pytest.raises(CannotStart, match=said) as raised:
            await Process.start(program, stage.out, stage.err)
        assert raised.value.exit_code == code

    on_stage(test)
    if said in {"no such program", "make it executable"}:
        with pytest.raises(CannotStart, match=said) as raised:
            program.check()
        assert raised.value.exit_code == code


def test_it_dies_with_us(tmp_path: Path) -> None:
    """Also if we are killed: the next supervisor starts it again, and it would run twice."""
    script = f"""
import asyncio, sys
from reconciler.supervisor.shared_output import SharedOutput
from reconciler.supervisor.process import Process, Program

async def main():
    out = SharedOutput(1)
    process = await Process.start(Program("app", (sys.executable, "-c", {NAPPING!r})), out, out)
    out.soon(f"{{process.pid}}\\n".encode())
    await process.ended()

asyncio.run(main())
"""

    async def test(stage: Stage) -> None:
        process = await Process.start(python(script), stage.out, stage.err)
        await stage.until(lambda: len(stage.lines) == 2)
        pid = next(int(line) for line in stage.lines if line.isdigit())
        assert alive(pid)
        process.send(signal.SIGKILL)
        assert await process.ended() == -signal.SIGKILL
        await stage.until(lambda: not alive(pid))

    on_stage(test)


def test_a_child_is_started_again_until_it_is_stopped() -> None:
    prepared = 0

    async def prepare() -> None:
        nonlocal prepared
        prepared += 1

    async def test(stage: Stage) -> None:
        child = Child(python(NAPPING), stage.around, prepare=prepare)
        keeping = asyncio.ensure_future(child.keep())
        pids = []
        for turn in range(1, 3):
            await stage.until(lambda turn=turn: stage.lines == ["up"] * turn)  # type: ignore[misc]
            assert child.process
            pids.append(child.process.pid)
            assert child.send(signal.SIGKILL)
        await stage.until(lambda: len(stage.lines) == 3)
        await child.stop(20)
        await keeping
        assert prepared == 3
        assert len(set(pids)) == 2
        assert [message for message, _ in stage.told] == ["app started", "app ended and is started again"] * 2 + [
            "app started"
        ]
        assert stage.told[1][1]["why"] == "killed by SIGKILL"
        assert not child.send(signal.SIGTERM)

    on_stage(test)


def test_a_child_that_waits_for_its_next_start_stops_at_once() -> None:
    async def test(stage: Stage) -> None:
        child = Child(Program("app", ("/no/such",)), stage.around)
        keeping = asyncio.ensure_future(child.keep())
        await stage.until(lambda: len(stage.told) == 4)
        await child.stop(20)
        await keeping
        assert "no such program" in str(stage.told[0][1]["why"])

    on_stage(test)


def test_ends_in_words() -> None:
    assert [in_words(code) for code in (0, 3, -9)] == ["exit code 0", "exit code 3", "killed by SIGKILL"]


ESCAPES = f"""
import subprocess, signal, sys, time
child = [sys.executable, "-c", "import time\\nwhile True: print('on', flush=True); time.sleep(0.05)"]
signal.signal(signal.SIGTERM, signal.{{}})
subprocess.Popen(child, start_new_session=True)
{NAPPING}
"""
"""What it started ends once nobody reads its lines any more."""


@pytest.mark.parametrize("does", ["SIG_IGN", "SIG_DFL"])
def test_what_escapes_and_prints_on_prolongs_no_deadline(does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "LAST_LINES", 1000.0)

    async def test(stage: Stage) -> None:
        process = await Process.start(python(ESCAPES.replace("{}", does)), stage.out, stage.err)
        await stage.until(lambda: {"up", "on"} <= set(stage.lines))
        assert await process.stop(1) == -(signal.SIGKILL if does == "SIG_IGN" else signal.SIGTERM)

    on_stage(test)


def test_an_output_without_room_holds_nobody_up() -> None:
    async def test(stage: Stage) -> None:
        full = os.open("/dev/full", os.O_WRONLY)
        try:
            process = await Process.start(
                python("for _ in range(50_000): print('a line')"), SharedOutput(full), stage.err
            )
            assert await process.ended() == 0
        finally:
            os.close(full)

    on_stage(test)
