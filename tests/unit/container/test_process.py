"""Children: whole lines, no leftovers, started again when they end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from reconciler.container.child import Around, Child
from reconciler.container.outlet import CHUNK, Outlet
from reconciler.container.process import Process, Program, in_words
from reconciler.errors import CannotStart

T = TypeVar("T")
NAPPING = "import sys, time; print('up', flush=True); time.sleep(1000)"


def python(script: str, *arguments: str) -> Program:
    return Program("app", (sys.executable, "-c", script, *arguments))


@dataclass
class Stage:
    """Outputs that are pipes, read by a thread; what is told is noted."""

    printed: bytearray = field(default_factory=bytearray)
    told: list[tuple[str, dict[str, str | float]]] = field(default_factory=list)

    def tell(self, message: str, **fields: str | float) -> None:
        self.told.append((message, fields))

    def open(self) -> Callable[[], None]:
        reading, writing = os.pipe()
        self.out = self.err = Outlet(writing)
        reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        reader.start()

        def close() -> None:
            os.close(writing)
            reader.join()
            os.close(reading)

        return close

    def _read(self, reading: int) -> None:
        while data := os.read(reading, CHUNK):
            self.printed += data

    async def until(self, condition: Callable[[], T]) -> T:
        while not (value := condition()):
            await asyncio.sleep(0.01)
        return value

    @property
    def around(self) -> Around:
        return Around(self.tell, self.out, self.err)

    @property
    def lines(self) -> list[str]:
        return self.printed.decode().splitlines()


def on_stage(test: Callable[[Stage], Awaitable[None]]) -> None:
    async def main() -> None:
        stage = Stage()
        close = stage.open()
        try:
            await asyncio.wait_for(_awaited(test(stage)), 30)
        finally:
            close()

    asyncio.run(main())


async def _awaited(awaitable: Awaitable[None]) -> None:
    await awaitable


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
    script = "import sys\nfor _ in range(300): print(sys.argv[1] * 30000)"

    async def test(stage: Stage) -> None:
        both = [await Process.start(python(script, letter), stage.out, stage.err) for letter in "ab"]
        assert [await process.ended() for process in both] == [0, 0]
        await stage.until(lambda: len(stage.lines) == 600)
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
        outlet = Outlet(writing)
        process = await Process.start(python("while True: print('x' * 1000)"), outlet, outlet)
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
        await stage.until(lambda: not _alive(int(pid[0])))

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
        ("#!/bin/sh\n", 0o644, 126, "x bit"),
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
    if said in {"no such program", "x bit"}:
        with pytest.raises(CannotStart, match=said) as raised:
            program.check()
        assert raised.value.exit_code == code


def test_it_dies_with_us(tmp_path: Path) -> None:
    """Even where we are killed: the next one of us starts it anew, and it would be there twice."""
    script = f"""
import asyncio, sys
from reconciler.container.outlet import Outlet
from reconciler.container.process import Process, Program

async def main():
    out = Outlet(1)
    process = await Process.start(Program("app", (sys.executable, "-c", {NAPPING!r})), out, out)
    out.soon(f"{{process.pid}}\\n".encode())
    await process.ended()

asyncio.run(main())
"""

    async def test(stage: Stage) -> None:
        process = await Process.start(python(script), stage.out, stage.err)
        await stage.until(lambda: len(stage.lines) == 2)
        pid = next(int(line) for line in stage.lines if line.isdigit())
        assert _alive(pid)
        process.send(signal.SIGKILL)
        assert await process.ended() == -signal.SIGKILL
        await stage.until(lambda: not _alive(pid))

    on_stage(test)


def test_a_child_is_started_again_until_it_is_stopped() -> None:
    prepared = 0

    async def prepare() -> None:
        nonlocal prepared
        prepared += 1

    async def test(stage: Stage) -> None:
        child = Child(python(NAPPING), stage.around, prepare)
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
        assert [message for message, _ in stage.told] == ["started", "ended, and is started again"] * 2 + ["started"]
        assert stage.told[1][1]["why"] == "killed by SIGKILL"
        assert not child.send(signal.SIGTERM)

    on_stage(test)


def test_a_child_that_waits_for_its_next_start_stops_at_once() -> None:
    async def test(stage: Stage) -> None:
        child = Child(Program("app", ("/no/such",)), stage.around)
        keeping = asyncio.ensure_future(child.keep())
        await stage.until(lambda: len(stage.told) == 5)
        await child.stop(20)
        await keeping
        assert "no such program" in str(stage.told[0][1]["why"])

    on_stage(test)


def test_ends_in_words() -> None:
    assert [in_words(code) for code in (0, 3, -9)] == ["exit code 0", "exit code 3", "killed by SIGKILL"]


def _alive(pid: int) -> bool:
    """A zombie isn't: where nobody reaps orphans it may stay one."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
