"""Judging with a memory gives what judging without one does, pass after pass."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.model import Service
from reconciler.observed.model import Snapshot, TaskState
from reconciler.verdict.judge import judge
from reconciler.verdict.model import Circumstances
from reconciler.verdict.remembered import Judgements
from tests.unit.verdict.watched import NODE, failed, spec, swarm, task

WANTED = Service("web", "app", "web", spec())
SWARMS = (
    swarm(task(60)),
    swarm(task(2)),
    swarm(task(60), failed(70)),
    swarm(failed(1), failed(10), failed(20)),
    swarm(task(5, TaskState.PENDING, error="no suitable node")),
    swarm(task(60), nodes={"n1": replace(NODE, state="down")}),
    swarm(task(60), written=spec(2)),
    swarm(written=spec(0)),
)
CIRCUMSTANCES = (Circumstances(), Circumstances(suspended="suspended"), Circumstances(pending=("image",)))


@given(st.lists(st.tuples(st.sampled_from(SWARMS), st.sampled_from(CIRCUMSTANCES), st.floats(0, 400))))
def test_a_memory_changes_nothing(passes: list[tuple[Snapshot, Circumstances, float]]) -> None:
    judgements, now = Judgements(), SWARMS[0].at
    for snapshot, circumstances, later in passes:
        now += later
        seen = replace(snapshot, at=now)
        judgements.under(seen)
        remembered = judgements.of(WANTED, seen, circumstances)
        fresh = judge(WANTED, seen, circumstances)
        age, expected = remembered.task_age or 0.0, fresh.task_age or 0.0
        assert abs(age - expected) < 1e-6
        assert replace(remembered, task_age=None) == replace(fresh, task_age=None)


def test_of_a_service_at_rest_the_same_judgement_is_given_again() -> None:
    judgements = Judgements()
    judgements.under(SWARMS[-1])
    first = judgements.of(WANTED, SWARMS[-1], Circumstances())
    assert judgements.of(WANTED, SWARMS[-1], Circumstances()) is first
