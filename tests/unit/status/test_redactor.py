"""Reports without secrets, from one pass to the next."""

from __future__ import annotations

from dataclasses import replace

from reconciler.desired.model import Service
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.redaction import Redact, Redaction
from reconciler.status.redactor import Known, Redactor
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict
from tests.unit.plan.world import running, service, stack

HIDE = Redaction(salt=b"salt")


def web(password: str) -> Service:
    return service("app_web", Env=[f"PASSWORD={password}"])


def failing(word: str) -> Report:
    said = f"login failed with {word}"
    return Report(1, 0.0, judgements={"app_web": Judgement("app_web", "app", Verdict.DEGRADED, said, error=said)})


def shown(known: Known, wanted: Service, swarm: Snapshot, report: Report, redaction: Redaction = HIDE) -> str:
    redactor = Redactor(redaction, [stack(wanted)], swarm, (), known)
    judgement = redactor.report(report).judgements["app_web"]
    return f"{judgement.reason} {judgement.error}"


def test_a_value_is_hidden_in_each_pass_and_a_new_one_too() -> None:
    old, new = web("old-horse"), web("new-horse")
    swarm, known = running(stack(old)), Known()
    for _ in range(2):
        assert "old-horse" not in shown(known, old, swarm, failing("old-horse"))
    assert "new-horse" not in shown(known, new, swarm, failing("new-horse"))
    assert "old-horse" not in shown(known, new, swarm, failing("old-horse"))


def test_a_value_that_only_a_task_has_left_is_hidden() -> None:
    old, new = web("old-horse"), web("new-horse")
    swarm, known = running(stack(new)), Known()
    assert "old-horse" in shown(known, new, swarm, failing("old-horse"))
    task = Task("t", "id-app_web", "n", 1, TaskState.RUNNING, TaskState.RUNNING, old.spec["TaskTemplate"])
    swarm = replace(swarm, tasks={"id-app_web": (task,)})
    assert "old-horse" not in shown(known, new, swarm, failing("old-horse"))


def test_another_setting_counts_at_once_and_services_that_went_are_forgotten() -> None:
    wanted = web("old-horse")
    swarm, known = running(stack(wanted)), Known()
    assert "old-horse" not in shown(known, wanted, swarm, failing("old-horse"))
    open_ = replace(HIDE, level=Redact.NONE)
    assert "old-horse" in shown(known, wanted, swarm, failing("old-horse"), open_)
    Redactor(HIDE, [], swarm, (), known).report(Report(2, 0.0))
    assert not known


def test_where_nothing_moved_it_is_the_same_judgement() -> None:
    wanted = web("old-horse")
    swarm, known, stacks = running(stack(wanted)), Known(), [stack(wanted)]
    first, second = (Redactor(HIDE, stacks, swarm, (), known).report(failing("old-horse")) for _ in range(2))
    assert second.judgements["app_web"] is first.judgements["app_web"]
