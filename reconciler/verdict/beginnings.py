"""Since when each service is as it is, as far as this process saw it begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.causes.cause import Cause
from reconciler.verdict.model import Judgement, Verdict


class Beginnings:
    """Remembers the verdict and the cause of each service from one pass to the next."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Verdict, Cause, float | None]] = {}

    def dated(self, judged: Mapping[str, Judgement], now: float) -> dict[str, Judgement]:
        """Return the judgements with the time since when they stand, by the clock of ``now`` (seconds). A service that
        wasn't judged before has none: it may have been so for long."""
        dated = {
            name: replace(judgement, since=self._since(name, judgement, now)) for name, judgement in judged.items()
        }
        self._known = {name: (each.verdict, each.cause, each.since) for name, each in dated.items()}
        return dated

    def _since(self, name: str, judgement: Judgement, now: float) -> float | None:
        if name not in self._known:
            return None
        verdict, cause, since = self._known[name]
        return since if (verdict, cause) == (judgement.verdict, judgement.cause) else now
