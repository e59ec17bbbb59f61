"""Explanation of one service: desired state, observed state, differences, judgement, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from reconciler import labels
from reconciler.causes.words import say
from reconciler.clock import on_the_wall
from reconciler.desired.images import split
from reconciler.desired.model import Options, Probe, Service
from reconciler.desired.suspension import Suspensions
from reconciler.observed import model as observed
from reconciler.plan.canonical import canonical, differences
from reconciler.plan.model import Action, Change, Key, Kind
from reconciler.plan.ownership import owner_of
from reconciler.spec.paths import get, mode
from reconciler.status.advice import coming, what_to_do
from reconciler.status.case import Case
from reconciler.status.explain_output import (
    CheckOutput,
    DependencyState,
    DesiredService,
    Difference,
    ExplainOutput,
    ObservedService,
    Rollout,
    TaskLog,
)
from reconciler.status.outputs import Suspended
from reconciler.status.redactor import Redactor
from reconciler.status.report import Report
from reconciler.status.report_output import marked, remarks, revision, service_state, suspended
from reconciler.status.service_names import Named
from reconciler.status.task_lines import RECENT, task_lines
from reconciler.verdict.dependencies import unmet


def explain(case: Case, log: TaskLog | None, redactor: Redactor, check: CheckOutput | None = None) -> ExplainOutput:
    """Return the explanation of one service. ``log`` is the end of its sick task's log. ``redactor`` hides what
    mustn't be shown; the report of the case is redacted already."""
    found = _explained(case, log, redactor).model_copy(update={"check": check})
    return ExplainOutput.model_validate(redactor.words(found.model_dump(), case.name))


def _explained(case: Case, log: TaskLog | None, redactor: Redactor) -> ExplainOutput:
    wanted, found, judgement, report = case.wanted, case.found, case.judgement, case.report
    return ExplainOutput(
        at=on_the_wall(case.snapshot.at),
        name=case.name,
        stack=case.named.stack,
        state=service_state(judgement) if judgement else None,
        what_to_do=list(what_to_do(case)),
        next=list(coming(case)),
        suspended=_suspended(case.named, report.suspensions),
        revision=revision(report),
        desired=_desired(wanted, redactor) if wanted else None,
        depends_on=list(_dependencies(wanted, report)) if wanted else [],
        dependents=list(_dependents(case)),
        observed=_observed(found) if found else None,
        differences=list(_differences(case, redactor)),
        tasks=list(task_lines(found, case.snapshot)) if found else [],
        log=log,
        history=list(map(redactor.entry, case.history[-RECENT:])),
        warnings=remarks(report.warnings),
        errors=remarks(report.faults),
    )


def _suspended(named: Named, now: Suspensions) -> Suspended | None:
    own = now.services.get(named.name)
    stacks = {} if own else {name: why for name, why in now.stacks.items() if name == named.stack}
    return next(iter(suspended(Suspensions(stacks, {named.name: own} if own else {}))), None)


def _desired(service: Service, redactor: Redactor) -> DesiredService:
    defaults = canonical({"TaskTemplate": {"ContainerSpec": {}}})
    form = {path: value for path, value in canonical(service.spec).items() if value != defaults.get(path)}
    if given := form.pop("deploy.labels", None):  # leave out the labels that `docker stack` adds
        own = {label: text for label, text in given.items() if label not in {labels.STACK, labels.IMAGE}}
        form |= {"deploy.labels": own} if own else {}
    options = {
        field.name: getattr(service.options, field.name)
        for field in fields(Options)
        if getattr(service.options, field.name) != getattr(Options(), field.name)
    }
    return DesiredService(
        file=service.at.file,
        line=service.at.line,
        fields={path: redactor.value(path, value) for path, value in form.items()},
        options={name: redactor.value(name, _plainly(value)) for name, value in options.items()},
        notes=list(service.notes),
    )


def _plainly(option: Any) -> Any:
    return str(option) if isinstance(option, Probe) else option


def _dependencies(service: Service, report: Report) -> Iterator[DependencyState]:
    for dependency in service.depends_on:
        judgement = report.judgements.get(dependency.service)
        yield DependencyState(
            service=dependency.service,
            condition=str(dependency.condition),
            met=not unmet([dependency], report.judgements),
            verdict=judgement.verdict if judgement else None,
            reason=judgement.reason if judgement else "no such service is desired",
        )


def _dependents(case: Case) -> Iterator[DependencyState]:
    for other in case.services.values():
        for dependency in other.depends_on:
            judgement = case.report.judgements.get(other.name)
            if dependency.service == case.name and judgement:
                yield DependencyState(
                    service=other.name,
                    condition=str(dependency.condition),
                    met=not unmet([dependency], case.report.judgements),
                    verdict=judgement.verdict,
                    reason=judgement.reason,
                )


def _observed(service: observed.Service) -> ObservedService:
    image, digest = split(str(get(service.spec, ("TaskTemplate", "ContainerSpec", "Image")) or ""))
    update = service.update
    return ObservedService(
        id=service.id,
        version=service.version,
        owner=owner_of(Key(Kind.SERVICE, service.name), service.spec),
        image=image,
        digest=digest,
        mode=mode(service.spec),
        created_at=on_the_wall(service.created_at),
        updated_at=on_the_wall(service.updated_at),
        rollout=Rollout(
            state=update.state,
            message=update.message,
            started_at=_shown(update.started_at),
            completed_at=_shown(update.completed_at),
        )
        if update
        else None,
    )


def _shown(moment: float | None) -> float | None:
    return None if moment is None else on_the_wall(moment)


def _differences(case: Case, redactor: Redactor) -> Iterator[Difference]:
    action, hold = case.action, case.hold
    for change in hold.changes if hold else ():
        yield _difference(change, "held", hold.words if hold else "")
    if action:
        for change in action.changes:
            yield _difference(change, "pending", _why_pending(action, case.report))
    if case.wanted and case.found and case.wanted.options.ignore:
        spec, found = case.wanted.spec, case.found.spec
        counted = differences(spec, found, case.wanted.options.ignore)
        for change in differences(spec, found):
            if change not in counted:
                yield _difference(redactor.change(change), "ignored", "`ignore` names it: somebody else owns it")


def _difference(change: Change, standing: str, why: str) -> Difference:
    return Difference.model_validate(
        {
            "path": change.path,
            "before": marked(change.before),
            "after": marked(change.after),
            "standing": standing,
            "why": why,
        }
    )


def _why_pending(action: Action, report: Report) -> str:
    waiting = unmet(action.depends_on, report.judgements)
    return say(waiting) if waiting else "the next pass writes it"
