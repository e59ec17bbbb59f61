"""Specs that Swarm rolled back."""

from __future__ import annotations

from dataclasses import replace

from reconciler import labels
from reconciler.desired.model import Service
from reconciler.observed import model as observed
from reconciler.observed.model import TaskState, UpdateStatus
from reconciler.plan.model import Key, Kind
from tests.unit.plan.world import RULES, after, planned, running, service, spec, stack, summary
from tests.unit.words import held, rolled_back

RUNNING = TaskState.RUNNING
WHY = "update rolled back due to failure of task t1"


def rolled(image: str) -> Service:
    """The service with an image, to be rolled back where that fails."""
    return replace(service(), spec={**spec(Image=image), "UpdateConfig": {"FailureAction": "rollback"}})


GOOD, BAD = rolled("web:1"), rolled("web:bad")


def tried(status: UpdateStatus) -> observed.Snapshot:
    """The Swarm once it was given ``BAD``, and came to ``status``: its spec is ``GOOD``'s again."""
    swarm = running(stack(GOOD))
    (update,) = planned([stack(BAD)], swarm).actions
    mark = {labels.ATTEMPT: update.seals[labels.ATTEMPT].text}
    there = swarm.services["app_web"]
    marked = {**there.spec, "Labels": {**there.spec["Labels"], **mark}}
    return replace(swarm, services={"app_web": replace(there, spec=marked, update=status)})


def test_a_spec_that_swarm_rolled_back_is_noted_and_not_tried_again_until_it_changes_or_on_force() -> None:
    swarm = tried(UpdateStatus("rollback_completed", WHY))
    note = planned([stack(BAD)], swarm)
    assert rolled_back(note)["app_web"] == f"{WHY}: it changed image"
    assert [change.path for change in note.actions[0].changes] == [f"deploy.labels.{labels.ROLLED_BACK}"]
    noted = after(note, swarm)
    again = planned([stack(BAD)], noted)
    assert summary(again) == []
    assert rolled_back(again)["app_web"] == f"{WHY}: it changed image"
    (forced,) = planned([stack(BAD)], noted, replace(RULES, forced=True)).actions
    assert forced.spec is not None
    assert labels.ROLLED_BACK not in forced.spec["Labels"]
    mended = replace(GOOD, spec={**GOOD.spec, "Mode": {"Replicated": {"Replicas": 2}}})
    (action,) = planned([stack(mended)], noted).actions
    assert [change.path for change in action.changes] == ["deploy.replicas"]


def test_when_swarm_says_no_more_than_that_it_is_done_the_first_task_that_failed_since_is_the_reason() -> None:
    swarm = tried(UpdateStatus("rollback_completed", "rollback completed", started_at=500.0))
    service_id = swarm.services["app_web"].id
    tasks = tuple(
        observed.Task(name, service_id, "node1", 1, state, RUNNING, created_at=created, status_at=created + 5)
        for name, state, created in (
            ("later", TaskState.FAILED, 600.0),
            ("back", RUNNING, 510.0),
            ("culprit", TaskState.FAILED, 500.1),
            ("earlier", TaskState.FAILED, 400.0),
        )
    )
    plan = planned([stack(BAD)], replace(swarm, tasks={service_id: tasks}))
    assert rolled_back(plan)["app_web"] == "update rolled back due to failure of task culprit: it changed image"


def test_a_rollback_under_way_is_no_verdict_yet() -> None:
    plan = planned([stack(BAD)], tried(UpdateStatus("rollback_started", WHY)))
    assert (plan.actions, rolled_back(plan)) == ((), {})
    assert "is rolling this spec back" in held(plan)[Key(Kind.SERVICE, "app_web")]


def test_a_rollback_is_recognised_by_a_process_that_asked_no_registry() -> None:
    asked = replace(RULES, digests={("pin", "web:bad"): "sha256:" + "2" * 64})
    swarm = running(stack(GOOD))
    first, again = (planned([stack(BAD)], swarm, rules).actions[0] for rules in (asked, RULES))
    assert first.spec != again.spec
    assert first.seals[labels.ATTEMPT].text == again.seals[labels.ATTEMPT].text
