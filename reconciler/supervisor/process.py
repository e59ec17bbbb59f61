"""One run of a program as a child of ours: in a process group of its own, of which nothing is left afterwards."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import IO

from reconciler.errors import CannotStart
from reconciler.records import dataclass
from reconciler.supervisor.shared_output import CHUNK, Sink, pass_on
from reconciler.threads import aside

SILENCE, LAST_LINES = 1.0, 5.0
"""Seconds without a line after which a program that is over is taken to have printed all, and the longest time that it
is waited for: a daemon that it left may keep its pipes open for ever."""
LAST_OF_KILLED = 0.25
"""The same of one that had to be killed: whoever did so has no time left."""
LOOK = 0.05
"""Seconds between looks whether a process group is empty; the kernel doesn't tell."""
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """What is run. ``environ`` in place of ours; ``prefix`` stands before each line that it prints."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    prefix: str = ""

    def check(self) -> None:
        """Whether it is there at all, before anything else is begun.

        Raises:
            CannotStart: no such program, or none that we may run.
        """
        if self._found() is None:
            raise self.why(FileNotFoundError() if shutil.which(self.command[0], os.F_OK) is None else PermissionError())

    def _found(self) -> str | None:
        return shutil.which(self.command[0], path=(self.environ or os.environ).get("PATH"))

    def why(self, error: OSError) -> CannotStart:
        what = f"{self.name} can't be started: {self.command[0]}"
        if isinstance(error, FileNotFoundError):
            if self._found():
                return CannotStart(f"{what}: what its #! line names isn't there", 127)
            return CannotStart(f"{what}: no such program; name it by its whole path, or put its folder in PATH", 127)
        if isinstance(error, PermissionError):
            return CannotStart(f"{what}: this user may not run it; it needs its x bit (chmod +x)", 126)
        return CannotStart(f"{what}: {error.strerror}; a script needs a #! line", 126)


class Counted:
    """A sink of which can be told whether anything goes on there."""

    def __init__(self, sink: Sink) -> None:
        self.writes = 0
        self._sink = sink

    async def write(self, lines: bytes) -> None:
        await self._sink.write(lines)
        self.writes += 1


class Process:
    """A program that was started. Made by ``start``."""

    def __init__(
        self, program: Program, popen: subprocess.Popen[bytes], printing: Sequence[tuple[IO[bytes], Counted]]
    ) -> None:
        self.program = program
        self.pid = popen.pid
        self.began = time.monotonic()
        self._popen = popen
        self._counted = [sink for _, sink in printing]
        prefix = program.prefix.encode()
        self._printing = asyncio.gather(*(_print(pipe, sink, prefix) for pipe, sink in printing))
        self._stop_by = 0.0
        self._killed = self._cleared = False
        self._over = asyncio.ensure_future(self._end())

    @classmethod
    async def start(cls, program: Program, out: Sink, err: Sink) -> Process:
        """Has to be called in the main thread: the kernel takes the end of the thread for that of the parent.

        Raises:
            CannotStart: no such program, or none that can be run.
        """
        try:
            popen = subprocess.Popen(
                program.command,
                env=program.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                preexec_fn=partial(_die_with, os.getpid()),  # noqa: PLW1509 - our threads wait, and hold no locks
            )
        except OSError as error:
            raise program.why(error) from error
        assert popen.stdout is not None
        assert popen.stderr is not None
        return cls(program, popen, [(popen.stdout, Counted(out)), (popen.stderr, Counted(err))])

    @property
    def running(self) -> bool:
        return not self._over.done()

    @property
    def ran(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.began

    async def ended(self) -> int:
        """Its exit code, or the signal that killed it as a negative number, once nothing of its group is left, and all
        that it printed is passed on."""
        return await asyncio.shield(self._over)

    def send(self, number: signal.Signals) -> None:
        """To the program itself, as ``docker kill`` does; nothing where it is over."""
        self._popen.send_signal(number)

    async def stop(self, within: float, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to end, then what is left of its group; kills what is there after so many seconds. As ``ended``.

        It is asked once, whoever else stops it as well: many programs take a second time for an order to drop all.
        """
        if not self._stop_by:
            self.send(number)
        self._stop_by = time.monotonic() + within
        await asyncio.wait([self._over], timeout=within)
        if self.running:
            self.kill()
        return await self.ended()

    def kill(self) -> None:
        """At once, and all of its group with it; where that is over, what is still to be printed is given up."""
        self._stop_by, self._killed = 0.0, True
        if self._cleared:
            self._printing.cancel()
        else:
            self._signal_group(signal.SIGKILL)

    async def _end(self) -> int:
        code = await aside(self._popen.wait)
        await self._clear_group()
        self._cleared = True
        await self._print_last_lines()
        return code

    async def _print_last_lines(self) -> None:
        longest = LAST_OF_KILLED if self._killed else LAST_LINES
        give_up = time.monotonic() + longest
        while not self._printing.done() and time.monotonic() < give_up:
            before = [sink.writes for sink in self._counted]
            await asyncio.wait([self._printing], timeout=min(SILENCE, longest))
            if before == [sink.writes for sink in self._counted]:
                break
        self._printing.cancel()

    async def _clear_group(self) -> None:
        """Of a program that crashed nothing stays, for it would be in the way of the next run; children of one that was
        asked to end are asked as well."""
        if time.monotonic() < self._stop_by and self._signal_group(signal.SIGTERM):
            while time.monotonic() < self._stop_by and self._signal_group(0):
                await asyncio.sleep(LOOK)
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: int) -> bool:
        """Whether there was anybody."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):  # the latter: they became another user's, and aren't ours to end
            return False
        return True


def in_words(code: int) -> str:
    """How a program ended."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


async def _print(pipe: IO[bytes], output: Sink, prefix: bytes) -> None:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(CHUNK)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        await pass_on(reader, output, prefix)
    finally:
        transport.close()


def _die_with(parent: int) -> None:
    """In the child, before the program is there: it is killed when its parent dies, however that comes about, so that
    the next one doesn't start it twice (prctl(2); not inherited by its own children)."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
