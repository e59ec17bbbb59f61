"""Contents of a report, as the outputs that commands print."""

from __future__ import annotations

from typing import Any

from reconciler.clock import on_the_wall
from reconciler.desired.suspension import Suspensions
from reconciler.errors import Fault
from reconciler.passwords import HIDDEN
from reconciler.plan.model import Action, Change, Outcome, Plan, Verb
from reconciler.redaction import Hidden
from reconciler.status.outputs import (
    Counts,
    DesiredRevision,
    DoneAction,
    FieldChange,
    Held,
    Missing,
    PassOutput,
    PlannedAction,
    PlanOutput,
    Remark,
    ServiceState,
    SideEffect,
    Source,
    StatusOutput,
    Summary,
    Suspended,
)
from reconciler.status.recap import Recap
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement


def plan_output(report: Report, source: Source = "look") -> PlanOutput:
    plan = report.plan
    verbs = [action.verb for action in plan.actions]
    return PlanOutput(
        source=source,
        revision=revision(report),
        actions=[PlannedAction(**_action(action)) for action in plan.actions],
        held=held(plan),
        needs_consent=plan.needs_consent,
        summary=Summary(**{verb.value: verbs.count(verb) for verb in Verb}, unchanged=plan.unchanged),
        desired_missing=missing(report),
        warnings=remarks(report.warnings),
        errors=remarks(report.faults),
    )


def status_output(report: Report, source: Source = "look") -> StatusOutput:
    return StatusOutput(
        source=source,
        standby=report.standby,
        revision=revision(report),
        verdict=report.verdict,
        services=[service_state(judgement) for judgement in report.judgements.values()],
        held=held(report.plan),
        needs_consent=report.plan.needs_consent,
        suspended=suspended(report.suspensions),
        desired_missing=missing(report),
        warnings=remarks(report.warnings),
        errors=remarks(report.faults),
    )


def held(plan: Plan) -> list[Held]:
    return [
        Held(
            kind=key.kind,
            name=key.name,
            reason=hold.words,
            why=hold.cause,
            cause=hold.cause,
            facts=hold.finding.facts.given(),
            since=_wall(hold.since),
            pending=hold.needs_somebody,
        )
        for key, hold in plan.holds.items()
    ]


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
        verdict=report.verdict,
        standby=report.standby,
        engine_error=report.engine_error,
        needs_consent=report.plan.needs_consent,
        actions=[_done(outcome) for outcome in report.outcomes],
        held=held(report.plan),
        services=[service_state(judgement) for judgement in report.judgements.values()],
        recap=Counts(ok=recap.ok, changed=recap.changed, failed=recap.failed, waiting=recap.waiting),
        desired_missing=missing(report),
        warnings=remarks(report.warnings),
        errors=remarks(report.faults),
    )


def remark(fault: Fault) -> Remark:
    return Remark(file=fault.file, line=fault.line, column=fault.column, message=fault.message, hint=fault.hint)


def missing(report: Report) -> Missing | None:
    return Missing(why=report.absence.why, since=report.absence.since) if report.absence else None


def revision(report: Report) -> DesiredRevision | None:
    found = report.revision
    return DesiredRevision(commit=found.commit, dirty=found.dirty, during=found.during) if found else None


def remarks(faults: tuple[Fault, ...]) -> list[Remark]:
    return [remark(fault) for fault in faults]


def _action(action: Action) -> dict[str, Any]:
    return {
        "kind": action.kind,
        "name": action.name,
        "stack": action.stack,
        "action": action.verb,
        "reason": action.reason,
        "restarts_tasks": action.restarts_tasks,
        "changes": [field_change(change) for change in action.changes],
        "notes": list(action.notes),
        "effects": [SideEffect(effect=each.effect, words=each.words) for each in action.effects],
    }


def field_change(change: Change) -> FieldChange:
    before, after = change.before, change.after
    return FieldChange(
        path=change.path, before=marked(before), after=marked(after), redacted=HIDDEN in f"{before} {after}"
    )


def marked(value: Any) -> Any:
    """Return a hidden value with its fingerprint, and any other value as it is."""
    return f"{value} {value.fingerprint}" if isinstance(value, Hidden) and value.fingerprint else value


def _done(outcome: Outcome) -> DoneAction:
    cause, facts = (outcome.finding.cause, outcome.finding.facts.given()) if outcome.finding else (None, {})
    action = _action(outcome.action)
    done = DoneAction(**action, result=outcome.result, detail=outcome.detail, cause=cause, facts=facts)
    return done.model_copy(update={"since": _wall(outcome.since)})


def _wall(moment: float | None) -> float | None:
    return None if moment is None else round(on_the_wall(moment), 3)


def service_state(judgement: Judgement) -> ServiceState:
    return ServiceState(
        name=judgement.name,
        stack=judgement.stack,
        verdict=judgement.verdict,
        reason=judgement.reason,
        desired=judgement.desired,
        running=judgement.running,
        ready=judgement.ready,
        task_age_s=None if judgement.task_age is None else round(judgement.task_age, 1),
        error=judgement.error,
        suspended=judgement.suspended,
        cause=judgement.cause,
        facts=judgement.facts.given(),
        since=_wall(judgement.since),
    )
