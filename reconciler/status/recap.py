"""Recap in Ansible's manner, over one pass or many: every object counts once."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.plan.model import Key, Kind, Result
from reconciler.status.report import Report
from reconciler.verdict.model import Verdict


@dataclass(slots=True)
class Recap:
    """Recap of all passes that were added. What failed or waits is as of the last pass."""

    _changed: set[Key] = field(default_factory=set)
    _last: Report | None = None

    def add(self, report: Report) -> None:
        self._changed |= {outcome.action.key for outcome in report.outcomes if outcome.result is Result.CHANGED}
        self._last = report

    @property
    def changed(self) -> int:
        return len(self._changed)

    @property
    def changed_services(self) -> frozenset[str]:
        """Return the Swarm names of the services that changed."""
        return frozenset(key.name for key in self._changed if key.kind is Kind.SERVICE)

    @property
    def failed(self) -> int:
        return len(self._failing)

    @property
    def waiting(self) -> int:
        return len(self._held)

    @property
    def ok(self) -> int:
        """Return the number of objects that are as desired and weren't changed in these passes."""
        wanted = self._last.plan.wanted if self._last else frozenset()
        return len(wanted - self._changed - self._failing - self._held)

    @property
    def _failing(self) -> set[Key]:
        if self._last is None:
            return set()
        failed = {outcome.action.key for outcome in self._last.outcomes if outcome.result is Result.FAILED}
        return failed | self._judged(Verdict.DEGRADED, Verdict.ROLLED_BACK)

    @property
    def _held(self) -> set[Key]:
        if self._last is None:
            return set()
        held = {outcome.action.key for outcome in self._last.outcomes if outcome.result is Result.WAITING}
        return (held | self._judged(Verdict.WAITING, Verdict.PROGRESSING, Verdict.MISSING)) - self._failing

    def _judged(self, *verdicts: Verdict) -> set[Key]:
        judgements = self._last.judgements if self._last else {}
        return {Key(Kind.SERVICE, name) for name, judgement in judgements.items() if judgement.verdict in verdicts}
