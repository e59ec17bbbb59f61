"""Lists of stacks, services and tasks, as ``ls`` and ``ps`` print them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from reconciler.desired.images import split
from reconciler.observed.model import Service, Snapshot
from reconciler.plan.model import Key, Kind
from reconciler.plan.ownership import owner_of
from reconciler.spec.paths import mode
from reconciler.status.explain_output import TaskLine
from reconciler.status.outputs import OutputModel, Source
from reconciler.status.report import Report
from reconciler.status.service_names import Named
from reconciler.status.task_lines import task_lines, telling
from reconciler.verdict.model import Verdict, worst


class ListedService(OutputModel):
    """Service in a list. ``verdict`` is null for a service that no file desires; ``running`` and ``desired`` then
    still count slots, as far as they are known. ``owner`` is empty for a service that no reconciler manages."""

    name: str
    stack: str
    owner: str
    mode: str
    image: str
    """Image without its digest."""
    ports: list[str]
    verdict: Verdict | None
    running: int | None
    desired: int | None


class ListedStack(OutputModel):
    """Stack in a list; ``verdict`` is the worst one of its services, or null if no file desires any of them."""

    name: str
    services: int
    verdict: Verdict | None


class LsOutput(OutputModel):
    format: Literal[1] = 1
    source: Source = "look"
    stacks: list[ListedStack]
    services: list[ListedService]


class ServiceTasks(OutputModel):
    name: str
    stack: str
    verdict: Verdict | None
    reason: str
    tasks: list[TaskLine]


class PsOutput(OutputModel):
    format: Literal[1] = 1
    source: Source = "look"
    services: list[ServiceTasks]


def listed(named: Iterable[Named], report: Report, snapshot: Snapshot, specs: Mapping[str, Any]) -> LsOutput:
    """List services; ``specs`` has the desired specs of those that files desire."""
    services = [_service(each, report, snapshot, specs) for each in named]
    stacks: dict[str, list[ListedService]] = {}
    for service in services:
        if service.stack:
            stacks.setdefault(service.stack, []).append(service)
    return LsOutput(stacks=[_stack(name, of_it) for name, of_it in stacks.items()], services=services)


def _stack(name: str, services: list[ListedService]) -> ListedStack:
    verdicts = [each.verdict for each in services if each.verdict]
    return ListedStack(name=name, services=len(services), verdict=worst(verdicts) if verdicts else None)


def _service(named: Named, report: Report, snapshot: Snapshot, specs: Mapping[str, Any]) -> ListedService:
    judgement, found = report.judgements.get(named.name), snapshot.services.get(named.name)
    spec = found.spec if found else specs.get(named.name, {})
    container = (spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}
    done = judgement and judgement.verdict is Verdict.COMPLETED
    return ListedService(
        name=named.name,
        stack=named.stack,
        owner=owner_of(Key(Kind.SERVICE, found.name), found.spec) if found else "",
        mode=mode(spec),
        image=split(container.get("Image") or "")[0],
        ports=list(_ports(spec)),
        verdict=judgement.verdict if judgement else None,
        running=(judgement.desired if done else judgement.running) if judgement else _running(found, snapshot),
        desired=judgement.desired if judgement else None,
    )


def _running(found: Service | None, snapshot: Snapshot) -> int | None:
    tasks = snapshot.tasks.get(found.id, ()) if found else ()
    return sum(task.state == "running" for task in tasks) if found else None


def _ports(spec: Mapping[str, Any]) -> Iterator[str]:
    for port in (spec.get("EndpointSpec") or {}).get("Ports") or ():
        host = " (host)" if port.get("PublishMode") == "host" else ""
        yield f"{port.get('PublishedPort') or '?'}:{port.get('TargetPort')}/{port.get('Protocol', 'tcp')}{host}"


def tasks_listed(named: Iterable[Named], report: Report, snapshot: Snapshot, *, every: bool) -> PsOutput:
    """List the tasks of services: those that show the present state, or ``every`` task that Swarm still knows."""
    return PsOutput(services=[_tasks(each, report, snapshot, every) for each in named])


def _tasks(named: Named, report: Report, snapshot: Snapshot, every: bool) -> ServiceTasks:
    judgement, found = report.judgements.get(named.name), snapshot.services.get(named.name)
    lines = task_lines(found, snapshot) if found else iter(())
    return ServiceTasks(
        name=named.name,
        stack=named.stack,
        verdict=judgement.verdict if judgement else None,
        reason=judgement.reason if judgement else "no file desires it",
        tasks=list(lines if every else telling(lines)),
    )
