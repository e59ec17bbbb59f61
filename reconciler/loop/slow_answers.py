"""Answers that may be long in coming: a registry's, or the log lines of a node that is down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Generic, TypeVar

from reconciler.threads import aside

Answer = TypeVar("Answer")


class SlowAnswers(Generic[Answer]):
    """Asks in threads, ``parallel`` at once. Whoever has no time to wait asks again later, and gets what came
    meanwhile: a question isn't put a second time before its answer was handed out."""

    def __init__(self, ask: Callable[[str], Answer], parallel: int = 8) -> None:
        self._ask = ask
        self._asked: dict[str, asyncio.Task[Answer]] = {}
        self._turns = asyncio.Semaphore(parallel)

    def __bool__(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._asked)

    async def answers(self, questions: Iterable[str], patience: float) -> dict[str, Answer]:
        """Those that come within ``patience`` seconds. What came to older questions, which nobody puts any more, is
        dropped."""
        asked = list(questions)
        self._asked = {old: task for old, task in self._asked.items() if old in asked or not task.done()}
        for question in asked:
            if question not in self._asked:
                self._asked[question] = asyncio.ensure_future(self._in_turn(question))
        if asked:
            await asyncio.wait([self._asked[question] for question in asked], timeout=patience)
        done = [question for question in asked if self._asked[question].done()]
        return {question: self._asked.pop(question).result() for question in done}

    async def _in_turn(self, question: str) -> Answer:
        async with self._turns:
            return await aside(partial(self._ask, question))
