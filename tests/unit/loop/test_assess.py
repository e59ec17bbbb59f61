"""What a pass makes of desired state and a Swarm: who waits for whom when several change at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler import labels
from reconciler.desired.model import Condition, Dependency, Service
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.loop.assess import Memory, assess, hold
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.plan.model import Plan
from reconciler.verdict.model import Judgement, Verdict
from tests.unit.plan.world import EMPTY, RULES, after, planned, service, stack
from tests.unit.words import in_words

NODE = observed.Node("node1", "host1", "ready", "active")
JOB: dict[str, Any] = {"ReplicatedJob": {"TotalCompletions": 1}}


def db(image: str = "db:1", **parts: Any) -> Service:
    return with_parts(service("app_db", Image=image, Healthcheck={"Test": ["CMD", "true"]}), **parts)


def web(image: str = "web:1", condition: Condition = Condition.HEALTHY) -> Service:
    return replace(service("app_web", Image=image), depends_on=(Dependency("app_db", condition),))


def with_parts(of: Service, **parts: Any) -> Service:
    return replace(of, spec={**of.spec, **parts})


def swarm(*services: Service, states: dict[str, TaskState] | None = None) -> Snapshot:
    """After a first convergence, every service with one aged task in the given state, Running else."""
    made = after(planned([stack(*services)]), EMPTY)
    tasks = {}
    for found in made.services.values():
        state = (states or {}).get(found.name, TaskState.RUNNING)
        wanted = TaskState.RUNNING if state is TaskState.RUNNING else TaskState.SHUTDOWN
        tasks[found.id] = (Task(f"t-{found.name}", found.id, "node1", 1, state, wanted, found.spec["TaskTemplate"]),)
    return replace(made, nodes={"node1": NODE}, tasks=tasks)


def assessed(snapshot: Snapshot, *services: Service) -> tuple[Plan, Mapping[str, Judgement]]:
    found = assess([stack(*services)], snapshot, RULES, lambda _: None, Memory())
    return found.plan, found.judgements


def held(snapshot: Snapshot, *services: Service) -> dict[str, str]:
    """Why each planned action has to wait; empty for those that needn't."""
    plan, judged = assessed(snapshot, *services)
    return {action.name: in_words(hold(plan, judged)(action)) for action in plan.actions}


def test_of_two_that_change_the_dependent_waits_for_the_other() -> None:
    waits = held(swarm(db(), web()), db("db:2"), web("web:2"))
    assert waits["app_db"] == ""
    assert waits["app_web"].startswith("waits for app_db (service_healthy): Progressing, to be updated: image")
    _, judged = assessed(swarm(db(), web()), db("db:2"), web("web:2"))
    assert judged["app_web"].verdict is Verdict.WAITING


def test_one_that_changes_alone_waits_for_nothing() -> None:
    assert held(swarm(db(), web()), db(), web("web:2")) == {"app_web": ""}
    assert held(swarm(db(), web()), db("db:2"), web()) == {"app_db": ""}


def test_a_rollout_that_isnt_over_holds_its_dependents_though_its_tasks_run() -> None:
    before = swarm(db("db:2"), web())
    found = before.services["app_db"]
    rolling = replace(found, update=observed.UpdateStatus("updating", "update in progress"))
    waits = held(replace(before, services={**before.services, "app_db": rolling}), db("db:2"), web("web:2"))
    assert "1/1 updated" in waits["app_web"]


def test_what_swarm_rolled_back_holds_its_dependents_at_their_old_spec() -> None:
    rollback: dict[str, Any] = {"UpdateConfig": {"FailureAction": "rollback"}}
    before = swarm(db(**rollback), web())
    good, bad = before.services["app_db"], db("db:2", **rollback)
    mark = planned([stack(bad, web())], before).actions[0].seals[labels.ATTEMPT].text
    noted = {**good.spec["Labels"], labels.ATTEMPT: mark}
    status = observed.UpdateStatus("rollback_completed", "task t9 failed")
    rolled = replace(good, spec={**good.spec, "Labels": noted}, update=status)
    waits = held(replace(before, services={**before.services, "app_db": rolled}), bad, web("web:2"))
    assert waits["app_web"] == (
        "waits for app_db (service_healthy): RolledBack, Swarm rolled this spec back: task t9 failed: it changed image"
    )


def test_what_is_suspended_at_an_old_spec_holds_what_changes_with_it() -> None:
    job, needs = with_parts(db(), Mode=JOB), Condition.COMPLETED
    done = swarm(job, web("web:1", needs), states={"app_db": TaskState.COMPLETE})
    night = Suspensions(services={"app_db": Suspension(reason="night")})
    rules = replace(RULES, suspensions=night)
    changed = stack(with_parts(db("db:2"), Mode=JOB), web("web:2", needs))
    found = assess([changed], done, rules, lambda _: None, Memory())
    plan, judged = found.plan, found.judgements
    (action,) = plan.actions
    assert in_words(hold(plan, judged)(action)).endswith("Completed, 1/1 completed; suspended, image differs")
    assert judged["app_web"].verdict is Verdict.WAITING
    alone = stack(job, web("web:2", needs))
    found = assess([alone], done, rules, lambda _: None, Memory())
    plan, judged = found.plan, found.judgements
    assert [in_words(hold(plan, judged)(action)) for action in plan.actions] == [""]


def test_a_service_that_would_have_to_be_replaced_isnt_ready_and_holds_what_changes_with_it() -> None:
    everywhere = with_parts(db(), Mode={"Global": {}})
    _, judged = assessed(swarm(db(), web()), everywhere, web("web:2"))
    assert judged["app_db"].verdict is Verdict.DEGRADED
    assert "needs replacing: Swarm can't change a service's mode" in judged["app_db"].reason
    assert judged["app_web"].verdict is Verdict.WAITING


def test_a_migration_runs_before_what_needs_it_and_once_it_failed_holds_it() -> None:
    needs = Condition.COMPLETED
    job = with_parts(db(), Mode=JOB)
    done = swarm(job, web("web:1", needs), states={"app_db": TaskState.COMPLETE})
    changed = with_parts(db("db:2"), Mode=JOB)
    waits = held(done, changed, web("web:2", needs))
    assert waits["app_db"] == ""
    assert waits["app_web"].startswith("waits for app_db (service_completed_successfully): Progressing")
    assert held(done, job, web("web:2", needs)) == {"app_web": ""}
    failed = swarm(changed, web("web:1", needs), states={"app_db": TaskState.FAILED})
    waits = held(failed, changed, web("web:2", needs))
    assert waits["app_web"].startswith("waits for app_db (service_completed_successfully): Degraded")


def test_we_update_ourselves_when_all_else_has_settled() -> None:
    def waits(state: TaskState, *services: Service) -> str:
        made = swarm(service("app_us"), db(), web())
        (task,) = made.tasks["id-app_db"]
        tasks = {**made.tasks, "id-app_db": (replace(task, state=state),)}
        seen = {of_one[0].id: 0.0 for of_one in made.tasks.values()}
        now = replace(made, at=60.0, tasks=tasks, seen=seen, ourselves="app_us")
        return held(now, service("app_us", Env=["A=2"]), *services)["app_us"]

    assert waits(TaskState.RUNNING, db("db:2"), web()) == "updates ourselves, and waits for app_db to settle"
    assert waits(TaskState.STARTING, db(), web()) == "updates ourselves, and waits for app_db to settle"
    assert waits(TaskState.RUNNING, db(), web(), service("app_new")).endswith("for app_new to settle")
    assert waits(TaskState.RUNNING, db(), web()) == ""
    assert waits(TaskState.REJECTED, db(), web()) == ""


def test_of_what_needs_a_network_that_is_leaving_it_is_said_and_it_counts_as_moving() -> None:
    there = swarm(db())
    network = replace(there.networks["app_default"], leaving=True)
    plan, judged = assessed(replace(there, services={}, networks={"app_default": network}), db())
    assert judged["app_db"].verdict is Verdict.MISSING
    words = "was removed, and is there until the last container that uses it has ended"
    assert judged["app_db"].reason == f"not there yet: the old network app_default {words}"
    assert in_words(hold(plan, judged)(plan.actions[0])) == words
