"""Background tasks of a loop. A task that fails is started again; it ends neither the loop nor another task."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from reconciler.errors import Fault
from reconciler.records import dataclass
from reconciler.triggers.wakes import Wake
from reconciler.unforeseen import in_words

FIRST, LONGEST = 0.5, 30.0
"""Seconds before a failed task is started again: the first delay, which doubles up to the longest."""
WELL = 10.0
"""Seconds that a task has to run before it counts as working again."""

Job = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Task:
    """A task that runs as long as the loop does. ``meanwhile`` runs in its place while it fails; ``instead``
    describes that replacement in warnings."""

    name: str
    job: Job
    meanwhile: Job | None = None
    instead: str = ""


class _Failed(Exception):
    """Failure of a task before it counted as working."""


class Keeper:
    """Keeper that runs tasks and starts failed ones again. It calls ``wake`` with a reason for a pass when a task
    fails, and when it works again."""

    def __init__(self, wake: Callable[[Wake], None]) -> None:
        self._wake = wake
        self._trouble: dict[str, Fault] = {}
        self._meanwhile: dict[str, asyncio.Future[None]] = {}

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """Return one warning for each task that fails at present, with the reason."""
        return tuple(self._trouble.values())

    async def keep(self, task: Task) -> None:
        """Run the task for ever."""
        from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Failed), wait=wait_random_exponential(multiplier=FIRST, max=LONGEST)
        )
        try:
            while True:
                await retrying(self._run, task)
                await asyncio.sleep(FIRST)
        finally:
            self._end_meanwhile(task)

    async def _run(self, task: Task) -> None:
        """Run the task once, until it fails.

        Raises:
            _Failed: the task failed before it counted as working.
        """
        began = time.monotonic()
        well = asyncio.get_running_loop().call_later(WELL, self._works, task)
        try:
            await task.job()
            raise RuntimeError("it ended")
        except Exception as error:
            self._fails(task, in_words(error))
        finally:
            well.cancel()
        if time.monotonic() - began < WELL:
            raise _Failed

    def _fails(self, task: Task, why: str) -> None:
        hint = f"it is started again{f'; meanwhile {task.instead}' if task.instead else ''}"
        fault = Fault(task.name, 0, 0, f"failed: {why}", hint)
        if self._trouble.get(task.name) != fault:
            self._trouble[task.name] = fault
            self._wake(Wake(f"{task.name} failed"))
        if task.meanwhile and task.name not in self._meanwhile:
            self._meanwhile[task.name] = asyncio.ensure_future(self._again_and_again(task.meanwhile))

    def _works(self, task: Task) -> None:
        self._end_meanwhile(task)
        if self._trouble.pop(task.name, None):
            self._wake(Wake(f"{task.name} works again"))

    def _end_meanwhile(self, task: Task) -> None:
        if going := self._meanwhile.pop(task.name, None):
            going.cancel()

    async def _again_and_again(self, job: Job) -> None:
        """Run the replacement of a failed task for ever. It is likely to fail for the same reason as the task, so
        its errors are ignored."""
        while True:
            try:
                await job()
            except Exception as error:
                del error
            await asyncio.sleep(FIRST)
