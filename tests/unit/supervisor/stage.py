"""A stage for children: outputs that a test reads, and a record of what is logged about them."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from reconciler.supervisor.child import Around
from reconciler.supervisor.process import Program
from reconciler.supervisor.shared_output import CHUNK, SharedOutput

T = TypeVar("T")
NAPPING = "import sys, time; print('up', flush=True); time.sleep(1000)"


def python(script: str, *arguments: str) -> Program:
    return Program("app", (sys.executable, "-c", script, *arguments))


@dataclass
class Stage:
    """Outputs are pipes, which a thread reads. Log lines are kept."""

    printed: bytearray = field(default_factory=bytearray)
    told: list[tuple[str, dict[str, str | float]]] = field(default_factory=list)

    def tell(self, message: str, **fields: str | float) -> None:
        self.told.append((message, fields))

    def open(self) -> Callable[[], None]:
        reading, writing = os.pipe()
        self.out = self.err = SharedOutput(writing)
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


def alive(pid: int) -> bool:
    """Whether a process lives. A zombie doesn't: it may stay one if nobody reaps orphans."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
