"""Advice on a service that isn't as it should be: one sentence for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.causes.cause import Cause
from reconciler.causes.words import WRITE
from reconciler.clock import on_the_wall
from reconciler.desired.model import SECOND, Spec
from reconciler.moments import time_of_day
from reconciler.observed import model as observed
from reconciler.observed.model import Task, TaskState
from reconciler.plan.model import Key, Kind, Result
from reconciler.plan.ownership import copied_from, owner_of
from reconciler.spec.fields import engine_default
from reconciler.spec.paths import get
from reconciler.status.case import Case
from reconciler.status.patient import Patient
from reconciler.status.placement_advice import nowhere
from reconciler.status.task_advice import ADVICE, not_healthy_yet
from reconciler.status.write_advice import advice_on_writing
from reconciler.verdict.dependencies import unmet
from reconciler.verdict.model import Judgement, Verdict
from reconciler.verdict.tasks import cause_of

RESTART_DELAY = engine_default("deploy.restart_policy.delay")
ENDED = frozenset({TaskState.COMPLETE, TaskState.FAILED, TaskState.REJECTED})


def what_to_do(case: Case) -> Iterator[str]:
    """Yield what to do. The first sentence is about what blocks the rest."""
    if case.wanted is None:
        yield _of_no_file(case)
        return
    files = list(_of_the_files(case))
    yield from files
    if suspension := case.suspension:
        target = case.name if case.name in case.report.suspensions.services else case.named.stack
        yield f"It is {suspension}: `reconciler resume {target}` once that is over"
    elif case.wanted.options.suspend:
        yield f"Its file suspends it: take `suspend: true` out of `x-reconciler` in {case.wanted.at.file}"
    elif (hold := case.hold) and not case.report.plan.needs_consent and not hold.blocks and not hold.rolled_back:
        yield f"A difference is left alone: {hold.words}"
    found = list(_of_the_verdict(case, case.judgement)) if case.judgement else []
    yield from found or ([] if files or case.hold or case.wanted.options.suspend else ["Nothing"])


def coming(case: Case) -> Iterator[str]:
    """Yield what happens by itself, and when. The retry times of a running loop are in its own memory, so this says
    only what can be known here."""
    judgement, action = case.judgement, case.action
    if case.suspension or (judgement and judgement.suspended):
        yield "nothing is written until it is resumed"
    elif case.hold and case.hold.rolled_back:
        yield "this spec is tried again when the file changes, or by `reconciler reload`"
    elif case.hold and case.hold.blocks:
        yield "a loop writes it by itself as soon as that is no longer so"
    elif action:
        waiting = unmet(action.depends_on, case.report.judgements)
        when = "as soon as that is met, a pass" if waiting else "the next pass"
        yield f"{when} is to {action.verb} it: {action.reason}"
        yield from _of_tries(case)
    if judgement and judgement.verdict in {Verdict.DEGRADED, Verdict.PROGRESSING} and case.sick and case.found:
        yield from _of_swarm(judgement, case.sick, case.found)
    if judgement and judgement.recheck_at and judgement.recheck_at > case.snapshot.at:
        left = judgement.recheck_at - case.snapshot.at
        yield f"it is judged again at {time_of_day(on_the_wall(judgement.recheck_at))} (in {left:.0f} s)"
    if action and case.acting:
        yield f"{case.acting} holds the lease: that process writes, and no other"
    if not case.acting:
        yield "no loop runs: nothing is written until `reconciler run` or `reconciler apply`"


def _of_no_file(case: Case) -> str:
    back = f"`reconciler import {case.name}` writes a file for it"
    if case.found is None:
        return "Nothing: no file desires it, and it doesn't exist"
    if case.action:
        return f"Nothing: no file desires it any more, and the next pass removes it. To keep it, {back}"
    if case.report.plan.needs_consent and case.hold:
        return f"No file desires it. {_of_consent(case)}. Where its file is lost, {back}"
    if case.hold:
        return f"No file desires it: {case.hold.words}"
    return f"No file desires it, and it isn't ours ({_whose(case.name, case.found.spec)}): {back}"


def _whose(name: str, spec: Spec) -> str:
    key = Key(Kind.SERVICE, name)
    if source := copied_from(key, spec):
        return f"it has the labels of {source}"
    owner = owner_of(key, spec)
    return f"it belongs to {owner}" if owner else "no owner label"


def _of_the_files(case: Case) -> Iterator[str]:
    mine = [fault for fault in case.report.faults if case.wanted and fault.file == case.wanted.at.file]
    if mine:
        yield f"Fix {mine[0]}. Until then the last good state of {mine[0].file} stays in force, and nothing is removed"


def _of_the_verdict(case: Case, judgement: Judgement) -> Iterator[str]:
    if judgement.verdict is Verdict.WAITING:
        yield from _of_waiting(case)
    elif judgement.verdict is Verdict.ROLLED_BACK:
        yield (
            f"Swarm tried what {_file(case)} says. A task of it failed, and Swarm went back to what ran before. "
            "Find the fault in the differences, the failed task and its log below, and fix the file: a new spec "
            "is tried at once. Only `reconciler reload` tries the same spec again"
        )
        yield from _of_tasks(case)
    elif judgement.verdict is Verdict.DEGRADED:
        if judgement.facts.condition == WRITE or judgement.cause is Cause.DISPUTED:
            yield advice_on_writing(case, judgement)
            return
        update = case.found.update if case.found else None
        if update and update.state in {"paused", "rollback_paused"}:
            yield (
                f"Swarm paused the rollout, and tasks of two specs may run side by side. Fix {_file(case)}, or put the "
                "old value back: either starts a new rollout. With `on_failure: rollback` in `x-reconciler` Swarm goes "
                "back by itself"
            )
        yield from list(_of_what_runs(case, judgement)) or [
            f"Its tasks below show how far it came. See also `docker service ps --no-trunc {case.name}` and the "
            "engine's log on their nodes"
        ]
    elif judgement.verdict in {Verdict.PROGRESSING, Verdict.MISSING} and not judgement.suspended:
        yield "Wait: a start or a rollout is under way"
        yield from _of_tasks(case)
    elif judgement.verdict is Verdict.UNKNOWN:
        yield "The engine can't be asked. Check that it runs and that its Swarm has a leader"


def _of_what_runs(case: Case, judgement: Judgement) -> Iterator[str]:
    """Yield advice on a service that is degraded though it could be written."""
    if case.wanted and case.found and not judgement.desired:
        yield nowhere(case.wanted)
    yield from _of_tasks(case)
    newest = case.tasks[0] if case.tasks else None
    if case.wanted and newest and newest.state is TaskState.STARTING and judgement.facts.checking:
        yield not_healthy_yet(Patient(newest, case.wanted, case.snapshot))
    if case.wanted and newest and newest.state is TaskState.NEW:
        yield f"Check that nobody else has its `ports`, and that its networks have free addresses ({_file(case)})"
    probed = [case.snapshot.probed.get(task.id) for task in case.tasks]
    if case.wanted and case.wanted.options.probe and any(each and each.passed is False for each in probed):
        yield (
            f"It runs, and its `probe` in {_file(case)} fails. Try by hand what it asks (`docker exec` in one of its "
            "containers), then fix the program or the probe. A program that starts slowly needs a longer "
            "`ready_timeout`"
        )
    if judgement.cause is Cause.ATTEMPTS_EXHAUSTED:
        yield (
            f"Swarm doesn't try again. Change {_file(case)}, or run `docker service update --force {case.name}` once "
            "the reason is gone"
        )


def _of_waiting(case: Case) -> Iterator[str]:
    """Yield advice on the service at the end of the chain of dependencies."""
    if case.hold and case.report.plan.needs_consent:
        yield _of_consent(case)
        return
    judged, name, seen = case.report.judgements, case.name, {case.name}
    while service := case.services.get(name):
        blocking = [each.service for each in service.depends_on if unmet([each], judged)]
        if not blocking or blocking[0] in seen:
            break
        name = blocking[0]
        seen.add(name)
    if name not in judged:
        yield f"It waits for {name}, which no file desires. Add it to a file, or set `required: false` in {_file(case)}"
    elif name != case.name:
        root = judged[name]
        yield f"It waits for {name}, which is {root.verdict}: {root.reason}. See `reconciler explain {name}`"


def _of_consent(case: Case) -> str:
    """Return advice on consent. The process that acts has to get the consent; another one only stands by."""
    agree = f"`reconciler reload --allow-prune-all` where the loop runs ({case.acting})"
    agree = agree if case.acting else "`reconciler apply --allow-prune-all`"
    return (
        f"{case.report.plan.needs_consent}: `reconciler plan` lists what that concerns. Put back the files and "
        f"names that are missing, or agree: {agree}"
    )


def _of_tasks(case: Case) -> Iterator[str]:
    task = case.sick or next(iter(case.tasks), None)
    cause = _cause(case)
    if task and cause and case.wanted:
        yield ADVICE[cause](Patient(task, case.wanted, case.snapshot))


def _cause(case: Case) -> Cause | None:
    """Return the cause that there is advice on: that of the verdict, else the one underneath, else that of the sick
    task."""
    judged = case.judgement
    found = (judged.cause, judged.facts.because) if judged and not judged.facts.checking else ()
    own = cause_of(case.sick, case.snapshot) if case.sick else None
    return next((each for each in (*found, own) if each in ADVICE), None)


def _of_tries(case: Case) -> Iterator[str]:
    failed = [(entry.at, each) for entry in case.history for each in entry.actions if each.result is Result.FAILED]
    if failed and case.judgement and case.judgement.verdict is not Verdict.READY:
        at, action = failed[-1]
        yield (
            f"it failed at {time_of_day(at)}: {action.detail}. A loop tries again after 1 s, doubling to 5 min, and at "
            "once when the file changes or on `reconciler reload`"
        )


def _of_swarm(judgement: Judgement, sick: Task, service: observed.Service) -> Iterator[str]:
    policy = get(service.spec, ("TaskTemplate", "RestartPolicy")) or {}
    if sick.state is TaskState.PENDING:
        yield "Swarm places the task as soon as a node is suitable"
    elif (
        judgement.cause is not Cause.ATTEMPTS_EXHAUSTED
        and sick.state in ENDED
        and (policy.get("Condition") or "any") != "none"
    ):
        delay = policy.get("Delay")
        pause = (RESTART_DELAY if delay is None else delay) / SECOND
        yield f"Swarm starts another task {pause:g} s after each end of one"


def _file(case: Case) -> str:
    return case.wanted.at.brief if case.wanted else "its file"
