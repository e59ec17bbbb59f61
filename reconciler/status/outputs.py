"""The JSON that commands print: a contract, ``format`` 1, published as JSON Schemas. It has no place for secrets."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from reconciler.desired.suspension import Suspensions
from reconciler.errors import Fault
from reconciler.plan.model import Action, Outcome
from reconciler.status.recap import Recap
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement

KindName = Literal["network", "volume", "config", "secret", "service"]
VerbName = Literal["create", "update", "adopt", "replace", "remove"]
VerdictName = Literal["Completed", "Ready", "Waiting", "Progressing", "Missing", "Unknown", "RolledBack", "Degraded"]


class Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Remark(Output):
    """A fault or a warning. ``line`` and ``column`` count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str
    hint: str


class FieldChange(Output):
    """``null`` means absent."""

    path: str
    before: Any
    after: Any


class PlannedAction(Output):
    kind: KindName
    name: str
    stack: str
    action: VerbName
    reason: str
    restarts_tasks: bool
    changes: list[FieldChange]
    notes: list[str]
    """What was chosen here and isn't in the file, and why."""


class DoneAction(PlannedAction):
    result: Literal["changed", "failed", "waiting"]
    detail: str


class Held(Output):
    """A difference that is left alone, and why."""

    kind: KindName
    name: str
    reason: str


class Summary(Output):
    create: int = 0
    update: int = 0
    adopt: int = 0
    replace: int = 0
    remove: int = 0
    unchanged: int = 0


class ServiceState(Output):
    """Counts are of slots; ``task_age_s`` is the age of the youngest task that counts, in seconds."""

    name: str
    stack: str
    verdict: VerdictName
    reason: str
    desired: int
    running: int
    ready: int
    task_age_s: float | None
    error: str | None
    suspended: bool


class Counts(Output):
    """Ansible's recap: objects, each counted once."""

    ok: int
    changed: int
    failed: int
    waiting: int


class DesiredRevision(Output):
    """The commit that desired state was read at. ``dirty``: the work tree's desired folder differs from it. ``during``:
    what git is in the middle of; empty for nothing."""

    commit: str
    dirty: bool
    during: str


class ValidateOutput(Output):
    format: Literal[1] = 1
    warnings: list[Remark]
    errors: list[Remark]


class PlanOutput(Output):
    format: Literal[1] = 1
    revision: DesiredRevision | None
    """``null`` outside of git."""
    actions: list[PlannedAction]
    held: list[Held]
    needs_consent: str
    summary: Summary
    warnings: list[Remark]
    errors: list[Remark]


class Suspended(Output):
    """What somebody suspended at run time: a service, by Swarm name, or a whole stack. ``since`` in seconds since the
    epoch."""

    stack: str | None
    service: str | None
    since: float | None
    by: str
    reason: str


class StatusOutput(Output):
    format: Literal[1] = 1
    revision: DesiredRevision | None
    """``null`` outside of git."""
    verdict: str
    services: list[ServiceState]
    suspended: list[Suspended]
    warnings: list[Remark]
    errors: list[Remark]


class PassOutput(Output):
    """One pass of ``run``, one line each; ``at`` in seconds since the epoch, ``took`` in seconds."""

    format: Literal[1] = 1
    id: int
    at: float
    took: float
    wakes: list[str]
    forced: bool
    revision: DesiredRevision | None
    """``null`` outside of git."""
    verdict: str
    standby: str
    engine_error: str
    needs_consent: str
    actions: list[DoneAction]
    services: list[ServiceState]
    recap: Counts
    warnings: list[Remark]
    errors: list[Remark]


class ReloadOutput(Output):
    format: Literal[1] = 1
    trigger: str
    holder: str
    """Who holds the lease and makes the pass; empty for nobody."""
    warnings: list[Remark]


class SuspendOutput(Output):
    """What is suspended at run time now, and whether the command changed that."""

    format: Literal[1] = 1
    changed: bool
    suspended: list[Suspended]


class DownOutput(Output):
    format: Literal[1] = 1
    stack: str
    removed: list[str]
    kept: dict[str, str]
    """What stays on purpose, and why."""
    left: list[str]
    """What was still there when the time was over."""


class ErrorOutput(Output):
    """What a command prints when it can't do its work."""

    format: Literal[1] = 1
    error: str


OUTPUTS: dict[str, type[Output]] = {
    "validate": ValidateOutput,
    "plan": PlanOutput,
    "status": StatusOutput,
    "apply": PassOutput,
    "run": PassOutput,
    "reload": ReloadOutput,
    "down": DownOutput,
    "suspend": SuspendOutput,
    "resume": SuspendOutput,
    "error": ErrorOutput,
}


def plan_output(report: Report) -> PlanOutput:
    plan = report.plan
    verbs = [str(action.verb) for action in plan.actions]
    counts = {verb: verbs.count(verb) for verb in ("create", "update", "adopt", "replace", "remove")}
    return PlanOutput(
        revision=revision(report),
        actions=[PlannedAction(**_action(action)) for action in plan.actions],
        held=[Held(kind=key.kind.value, name=key.name, reason=reason) for key, reason in plan.held.items()],
        needs_consent=plan.needs_consent,
        summary=Summary(**counts, unchanged=plan.unchanged),
        warnings=remarks(report.warnings),
        errors=remarks(report.faults),
    )


def status_output(report: Report) -> StatusOutput:
    return StatusOutput(
        revision=revision(report),
        verdict=str(report.verdict),
        services=[service_state(judgement) for judgement in report.judgements.values()],
        suspended=suspended(report.suspensions),
        warnings=remarks(report.warnings),
        errors=remarks(report.faults),
    )


def suspended(now: Suspensions) -> list[Suspended]:
    stacks = ((name, None, why) for name, why in now.stacks.items())
    services = ((None, name, why) for name, why in now.services.items())
    return [
        Suspended(stack=stack, service=service, since=why.since, by=why.by, reason=why.reason)
        for stack, service, why in (*stacks, *services)
    ]


def pass_output(report: Report, recap: Recap) -> PassOutput:
    return PassOutput(
        id=report.id,
        at=report.at,
        took=round(report.took, 3),
        wakes=list(report.wakes),
        forced=report.forced,
        revision=revision(report),
        verdict=str(report.verdict),
        standby=report.standby,
        engine_error=report.engine_error,
        needs_consent=report.plan.needs_consent,
        actions=[_done(outcome) for outcome in report.outcomes],
        services=[service_state(judgement) for judgement in report.judgements.values()],
        recap=Counts(ok=recap.ok, changed=recap.changed, failed=recap.failed, waiting=recap.waiting),
        warnings=remarks(report.warnings),
        errors=remarks(report.faults),
    )


def remark(fault: Fault) -> Remark:
    return Remark(file=fault.file, line=fault.line, column=fault.column, message=fault.message, hint=fault.hint)


def revision(report: Report) -> DesiredRevision | None:
    found = report.revision
    return DesiredRevision(commit=found.commit, dirty=found.dirty, during=found.during) if found else None


def remarks(faults: tuple[Fault, ...]) -> list[Remark]:
    return [remark(fault) for fault in faults]


def _action(action: Action) -> dict[str, Any]:
    return {
        "kind": action.kind.value,
        "name": action.name,
        "stack": action.stack,
        "action": action.verb.value,
        "reason": action.reason,
        "restarts_tasks": action.restarts_tasks,
        "changes": [
            FieldChange(path=change.path, before=change.before, after=change.after) for change in action.changes
        ],
        "notes": list(action.notes),
    }


def _done(outcome: Outcome) -> DoneAction:
    return DoneAction(**_action(outcome.action), result=outcome.result.value, detail=outcome.detail)


def service_state(judgement: Judgement) -> ServiceState:
    return ServiceState(
        name=judgement.name,
        stack=judgement.stack,
        verdict=judgement.verdict.value,
        reason=judgement.reason,
        desired=judgement.desired,
        running=judgement.running,
        ready=judgement.ready,
        task_age_s=None if judgement.task_age is None else round(judgement.task_age, 1),
        error=judgement.error,
        suspended=judgement.suspended,
    )
