"""What a dependency must have reached."""

from __future__ import annotations

from dataclasses import replace

from reconciler.desired.model import Condition, Dependency
from reconciler.verdict.dependencies import unmet
from reconciler.verdict.model import Judgement, Verdict


def test_dependencies() -> None:
    running = Judgement("db", "app", Verdict.PROGRESSING, "1/1 running", desired=1, running=1)
    checked = replace(running, has_health_check=True, passing=1)
    completed = replace(running, verdict=Verdict.COMPLETED, running=0)

    def waits(condition: Condition, judgement: Judgement | None, required: bool = True) -> bool:
        found = {"db": judgement} if judgement else {}
        return bool(unmet([Dependency("db", condition, required)], found))

    assert not waits(Condition.STARTED, running)
    assert waits(Condition.STARTED, replace(running, running=0))
    assert waits(Condition.HEALTHY, running), "without a health check only age can tell"
    assert not waits(Condition.HEALTHY, checked)
    assert waits(Condition.HEALTHY, replace(checked, rolling=True)), "Swarm may still take it back"
    assert waits(Condition.HEALTHY, replace(checked, outdated=True, verdict=Verdict.ROLLED_BACK))
    assert not waits(Condition.STARTED, replace(checked, rolling=True))
    assert not waits(Condition.HEALTHY, replace(running, verdict=Verdict.READY))
    assert waits(Condition.COMPLETED, running)
    assert not waits(Condition.COMPLETED, completed)
    assert not waits(Condition.STARTED, completed)
    assert waits(Condition.STARTED, None)
    assert not waits(Condition.STARTED, None, required=False)
