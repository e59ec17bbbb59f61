"""One run of a program as our child. It has a process group of its own, of which nothing is left afterwards."""

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
from reconciler.exit_codes import NOT_EXECUTABLE, NOT_FOUND
from reconciler.records import dataclass
from reconciler.supervisor.shared_output import CHUNK, Sink, pass_on
from reconciler.threads import aside

SILENCE, LAST_LINES = 1.0, 5.0
"""Seconds without a line after which a program that ended has printed everything, and the longest wait for that: a
daemon that it started may hold its pipes open for ever."""
LAST_OF_KILLED = 0.25
"""The longest wait for the last lines of a program that had to be killed: no time is left then."""
LOOK = 0.05
"""Seconds between looks at whether a process group is empty; the kernel doesn't report it."""
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run. ``environ`` replaces our environment. ``prefix`` is put before each line that it prints."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    prefix: str = ""

    def check(self) -> None:
        """Check that the program exists, before anything starts.

        Raises:
            CannotStart: there is no such program, or we may not run it.
        """
        if self._found() is None:
            raise self.why(FileNotFoundError() if shutil.which(self.command[0], os.F_OK) is None else PermissionError())

    def _found(self) -> str | None:
        return shutil.which(self.command[0], path=(self.environ or os.environ).get("PATH"))

    def why(self, error: OSError) -> CannotStart:
        what = f"{self.name} can't be started: {self.command[0]}"
        if isinstance(error, FileNotFoundError):
            if self._found():
                return CannotStart(f"{what}: the program in its #! line doesn't exist", NOT_FOUND)
            return CannotStart(f"{what}: no such program; give its full path, or put its folder in PATH", NOT_FOUND)
        if isinstance(error, PermissionError):
            return CannotStart(f"{what}: this user may not run it; make it executable (chmod +x)", NOT_EXECUTABLE)
        return CannotStart(f"{what}: {error.strerror}; a script needs a #! line", NOT_EXECUTABLE)


class Counted:
    """A sink that counts writes, which shows whether lines still come."""

    def __init__(self, sink: Sink) -> None:
        self.writes = 0
        self._sink = sink

    async def write(self, lines: bytes) -> None:
        await self._sink.write(lines)
        self.writes += 1


class Process:
    """A program that was started. ``start`` makes it."""

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
        """Start a program. Must be called in the main thread: the kernel takes the end of the calling thread for the
        end of the parent.

        Raises:
            CannotStart: there is no such program, or it can't be run.
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
        """Wait until nothing of its group is left and everything it printed is passed on. Return its exit code, a
        signal as a negative number."""
        return await asyncio.shield(self._over)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program itself, as ``docker kill`` does. Does nothing if it has ended."""
        self._popen.send_signal(number)

    async def stop(self, within: float, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask the program to end, then the rest of its group, and kill what is left after ``within`` seconds. Return
        like ``ended``.

        It is asked only once, however many callers stop it: many programs take a second request as an order to quit
        at once.
        """
        if not self._stop_by:
            self.send(number)
        self._stop_by = time.monotonic() + within
        await asyncio.wait([self._over], timeout=within)
        if self.running:
            self.kill()
        return await self.ended()

    def kill(self) -> None:
        """Kill the program and its group now. If those have ended already, give up what is still to be printed."""
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
        """End what is left of the group. After a crash it is killed, because it would be in the way of the next run;
        after a request to end it gets the same request first."""
        if time.monotonic() < self._stop_by and self._signal_group(signal.SIGTERM):
            while time.monotonic() < self._stop_by and self._signal_group(0):
                await asyncio.sleep(LOOK)
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: int) -> bool:
        """Signal the group. Return False if nobody was left in it."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):  # PermissionError: they run as another user now
            return False
        return True


def in_words(code: int) -> str:
    """Say how a program ended."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


async def _print(pipe: IO[bytes], output: Sink, prefix: bytes) -> None:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(CHUNK)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        await pass_on(reader, output, prefix)
    finally:
        transport.close()


def _die_with(parent: int) -> None:
    """Run in the child before the program starts: the kernel kills it when its parent dies in any way, so the next
    parent doesn't start it twice (prctl(2); its own children don't inherit this)."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
