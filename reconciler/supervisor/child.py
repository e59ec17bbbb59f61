"""A program that should always run, once. When it ends it starts again, with backoff."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Protocol

from reconciler.errors import ReconcilerError
from reconciler.records import dataclass
from reconciler.supervisor.process import Process, Program, in_words
from reconciler.supervisor.restarts import Restarts
from reconciler.supervisor.shared_output import Sink


class Tell(Protocol):
    """Write one line to the supervisor's log: a constant message, then fields. Empty fields are left out."""

    def __call__(self, message: str, **fields: str | float) -> None: ...


@dataclass(frozen=True, slots=True)
class Around:
    """What all children share: the supervisor's log, and the outputs that their lines go to."""

    tell: Tell
    out: Sink
    err: Sink


class Child:
    """One program. ``keep`` runs it until ``stop``. ``prepare`` is awaited before each start. It isn't started again
    after an exit code for which ``for_good`` is true."""

    def __init__(
        self,
        program: Program,
        around: Around,
        prepare: Callable[[], Awaitable[None]] | None = None,
        *,
        for_good: Callable[[int], bool] = lambda code: False,
    ) -> None:
        self.program = program
        self.process: Process | None = None
        """The run under way; None between two runs."""
        self._around = around
        self._prepare = prepare
        self._for_good = for_good
        self._restarts = Restarts()
        self._stopping = asyncio.Event()

    async def keep(self) -> int:
        """Keep the program running. After ``stop``, or an exit code that is for good, return its last exit code;
        nothing of it runs any more."""
        while True:
            ran, code, said = await self._run()
            if self._stopping.is_set() or self._for_good(code):
                return code
            wait = self._restarts.ended(ran)
            self._around.tell(f"{self.program.name} ended and is started again", why=said, after_s=round(wait, 2))
            try:
                async with asyncio.timeout(wait):
                    await self._stopping.wait()
            except TimeoutError:
                continue
            return code

    async def _run(self) -> tuple[float, int, str]:
        """Run the program once. Return how many seconds it ran, its exit code, and how it ended in words. A program
        that can't be started now may be there next time."""
        try:
            if self._prepare:
                await self._prepare()
            if self._stopping.is_set():
                return 0.0, 0, ""
            self.process = process = await Process.start(self.program, self._around.out, self._around.err)
        except ReconcilerError as error:
            return 0.0, error.exit_code, str(error)
        self._around.tell(f"{self.program.name} started", pid=process.pid)
        code = await process.ended()
        self.process = None
        return process.ran, code, in_words(code)

    def send(self, number: signal.Signals) -> bool:
        """Send a signal. Return False if nothing runs that could get it."""
        if self.process is None:
            return False
        self.process.send(number)
        return True

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    async def stop(self, within: float) -> int | None:
        """Stop the program for good, and kill it after ``within`` seconds. Return its exit code, None if it didn't
        run."""
        self._stopping.set()
        return await self.process.stop(within) if self.process else None
