"""What a command waits for, what it left undone, and how often it reports that."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.plan.model import Result
from reconciler.verdict.model import Verdict

if TYPE_CHECKING:
    from reconciler.status.report import Report

EVERY = 15.0
"""Seconds after which the command reports again what it waits for."""
MOST = 5
"""Number of things that are named; the others are counted."""
FINE = frozenset({Verdict.READY, Verdict.COMPLETED})
_NUMBERS = re.compile(r"[0-9]+")


class Sayings:
    """Memory of what was reported on each topic, and when. A message that differs only in numbers isn't news."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[str, str] = {}
        self._last = clock()

    def is_news(self, topic: str, said: str) -> bool:
        """Say whether to report this; an empty string clears the topic and is never reported."""
        gist = _NUMBERS.sub("0", said)
        news = bool(said) and gist != self._said.get(topic)
        self._said[topic] = gist
        if news:
            self._last = self._clock()
        return news

    def knows(self, topic: str) -> bool:
        """Say whether the topic came up before."""
        return topic in self._said

    def quiet(self) -> bool:
        """Say whether nothing was reported for ``EVERY`` seconds; if so, start counting again."""
        now = self._clock()
        if now - self._last < EVERY:
            return False
        self._last = now
        return True


def waited_for(report: Report) -> list[str]:
    """Describe what keeps a report from being settled."""
    if report.engine_error:
        return [f"the engine: {report.engine_error}"]
    if report.standby:
        return [f"{report.standby}, which holds the lease and acts"]
    moving = (f"{name}: {report.judgements[name].reason}" for name in report.moving)
    return [*moving, *_writes(report, named=frozenset(report.moving))]


def undone(report: Report) -> list[str]:
    """Describe what is still to be written, and which services aren't as desired yet."""
    unready = {name: each for name, each in report.judgements.items() if each.verdict not in FINE}
    services = [f"{name}: {each.verdict} {each.reason}" for name, each in unready.items()]
    return [*services, *_writes(report, named=frozenset(unready))]


def undone_of(services: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the services in a report's JSON that aren't as desired yet."""
    unready = (each for each in services if each["verdict"] not in FINE)
    return [f"{each['name']}: {each['verdict']} {each['reason']}" for each in unready]


def few(things: Iterable[str]) -> Iterator[str]:
    """Yield the first things, and the number of the others."""
    every = list(things)
    yield from every[:MOST]
    if len(every) > MOST:
        yield f"and {len(every) - MOST} more"


def _writes(report: Report, named: frozenset[str]) -> Iterator[str]:
    """Yield actions of the plan that haven't ended, without those of services that are ``named`` already."""
    results = {outcome.action.key: outcome for outcome in report.outcomes}
    for action in report.plan.actions:
        outcome = results.get(action.key)
        if action.name in named or (outcome and outcome.result is Result.CHANGED):
            continue
        why = f": {outcome.detail}" if outcome and outcome.detail else ""
        yield f"{action.verb} {action.key}{why}"
