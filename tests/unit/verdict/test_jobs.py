"""Jobs, which run to their end."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.desired.model import Spec
from reconciler.observed.model import TaskState
from reconciler.verdict.model import Verdict
from tests.unit.verdict.watched import NOW, failed, judged, spec, swarm, task


def test_jobs_complete_by_iteration() -> None:
    job = spec(mode={"ReplicatedJob": {"TotalCompletions": 2}})
    done = [task(5, TaskState.COMPLETE, slot=slot, iteration=3, desired_state=TaskState.COMPLETE) for slot in (0, 1)]
    assert judged(swarm(*done, written=job, iteration=3)).verdict is Verdict.COMPLETED
    assert judged(swarm(*done, written=job, iteration=4, updated_at=NOW - 1)).verdict is Verdict.PROGRESSING


@pytest.mark.parametrize(
    ("policy", "failures", "verdict"),
    [
        ({"Condition": "none"}, 1, Verdict.DEGRADED),
        ({"Condition": "on-failure", "MaxAttempts": 1}, 1, Verdict.PROGRESSING),
        ({"Condition": "on-failure", "MaxAttempts": 1}, 2, Verdict.DEGRADED),
        ({"Condition": "on-failure"}, 2, Verdict.PROGRESSING),
    ],
)
def test_a_job_whose_last_try_failed_is_degraded_at_once(policy: Spec, failures: int, verdict: Verdict) -> None:
    job = spec(mode={"ReplicatedJob": {"TotalCompletions": 1}}, RestartPolicy=policy)
    made: dict[str, Any] = {"slot": 0, "iteration": 1, "spec": job["TaskTemplate"], "desired_state": TaskState.COMPLETE}
    tries = [failed(1 + number, **made) for number in range(failures)]
    assert judged(swarm(*tries, written=job, iteration=1, updated_at=NOW - 9)).verdict is verdict
