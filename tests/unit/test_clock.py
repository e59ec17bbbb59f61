"""A wall clock that is set moves nothing but what people read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import reconciler
from reconciler.apply.backoff import Backoff
from reconciler.clock import on_the_wall, steady
from reconciler.loop.settings import Settings
from reconciler.loop.turns import _next_look
from reconciler.plan.model import Action, Change, Key, Kind, Outcome, Plan, Result, Verb
from reconciler.status.report import Report

DAY = 86400.0
OF_THE_WALL = {
    "clock.py",
    "cli/commands/entrypoint.py",
    "cli/commands/logs.py",
    "cli/commands/suspend.py",
    "web/asking.py",
    "web/requests.py",
    "commits/worktree.py",
    "compose/footprint.py",
    "loop/leadership.py",
    "loop/memory.py",
    "loop/run.py",
    "swarm/containers.py",
}
"""Modules that may look at the wall clock: for what people read, for stamps of files, and to see that it was set."""

Set = Callable[[float], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets the wall clock forward by some seconds, or back."""
    real = time.time

    def by(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + seconds)

    return by


@pytest.mark.parametrize("step", [-DAY, DAY])
def test_the_steady_clock_goes_on_when_the_wall_clock_is_set(step: float, set_clock: Set) -> None:
    before, shown = steady(), on_the_wall(steady())
    set_clock(step)
    assert 0 <= steady() - before < 60
    assert abs(on_the_wall(steady()) - shown - step) < 60


@pytest.mark.parametrize("step", [-DAY, DAY])
def test_no_retry_is_lost_or_made_early_when_the_wall_clock_is_set(step: float, set_clock: Set) -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    action = Action(Key(Kind.SERVICE, "shop_web"), "shop", Verb.UPDATE, "", changes=(Change("labels.a", "1", "2"),))
    for _ in range(10):
        failure = backoff.failed(action, "refused", steady())
    set_clock(step)
    assert backoff.standing(action, steady()) == failure
    assert backoff.standing(action, failure.retry_at) is None
    left = failure.retry_at - steady()
    outcome = Outcome(action, Result.FAILED, "refused", retry_at=failure.retry_at)
    report = Report(1, on_the_wall(steady()), plan=Plan((action,)), outcomes=(outcome,))
    look = _next_look(report, steady(), 0, Settings(interval=1e6))
    assert abs(look - steady() - left) < 60


def test_nothing_else_goes_by_the_wall_clock() -> None:
    root = Path(reconciler.__file__).parent
    uses = re.compile(r"\btime\.time(_ns)?\b|datetime\.now|from time import .*\btime\b")
    found = {str(file.relative_to(root)) for file in root.rglob("*.py") if uses.search(file.read_text())}
    # One writes the date into a file, the other compares it with the stamps of files.
    assert found - {"cli/commands/import_.py", "settings/live.py"} == OF_THE_WALL
