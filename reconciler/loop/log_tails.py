"""Last log lines of failed tasks, quoted in the judgements of their services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from reconciler.loop.slow_answers import SlowAnswers
from reconciler.printable import printable
from reconciler.unforeseen import in_words
from reconciler.verdict.model import Judgement, Verdict


class Tails:
    """Log lines of tasks. Each task is asked for once. ``logs`` blocks, and may raise an ``EngineError``."""

    def __init__(self, logs: Callable[[str], tuple[str, ...]]) -> None:
        self._ask = logs
        self._known: dict[str, tuple[str, ...]] = {}
        self._late = SlowAnswers(self._tail)

    def __bool__(self) -> bool:
        """Say whether lines are still pending."""
        return bool(self._late)

    def forget(self) -> None:
        """Ask again for all lines."""
        self._known.clear()

    async def quoted(self, judged: Mapping[str, Judgement], patience: float) -> dict[str, Judgement]:
        """Return the judgements with the lines that come within ``patience`` seconds."""
        suspects = {judgement.suspect for judgement in judged.values() if judgement.suspect}
        known = {task: lines for task, lines in self._known.items() if task in suspects and lines}
        self._known = {**known, **await self._late.answers(sorted(suspects - known.keys()), patience)}
        return {
            name: _quoting(judgement, self._known.get(judgement.suspect or "", ()))
            for name, judgement in judged.items()
        }

    def _tail(self, task: str) -> tuple[str, ...]:
        try:
            return tuple(printable(line, "\t") for line in self._ask(task))
        except Exception as error:  # a node that is down never returns its lines; everything else works without them
            return (f"(no log lines: {in_words(error)})",)


def _quoting(judgement: Judgement, lines: Sequence[str]) -> Judgement:
    if judgement.verdict not in {Verdict.DEGRADED, Verdict.ROLLED_BACK} or not lines:
        return judgement
    said = [judgement.error] if judgement.error else []
    return replace(judgement, error="\n".join([*said, "last log lines:", *(f"  {line}" for line in lines)]))
