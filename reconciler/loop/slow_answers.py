"""Answers that may take long: from a registry, or log lines from a node that is down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Generic, TypeVar

from reconciler.threads import aside

Answer = TypeVar("Answer")


class SlowAnswers(Generic[Answer]):
    """Asker that works in threads, ``parallel`` at once. A caller that can't wait asks again later and gets the
    answers that have come. A question isn't sent again before its answer was handed out."""

    def __init__(self, ask: Callable[[str], Answer], parallel: int = 8) -> None:
        self._ask = ask
        self._asked: dict[str, asyncio.Task[Answer]] = {}
        self._turns = asyncio.Semaphore(parallel)

    def __bool__(self) -> bool:
        """Say whether an answer is still pending."""
        return bool(self._asked)

    async def answers(self, questions: Iterable[str], patience: float) -> dict[str, Answer]:
        """Return the answers that come within ``patience`` seconds. Answers to older questions that nobody asks any
        more are dropped."""
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
