"""What no file can tell alone: names that two stacks claim, dependencies across stacks, circles of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from reconciler.desired.model import Condition, Location, Service, Stack
from reconciler.errors import Fault


def check_together(stacks: Sequence[Stack], *, complete: bool) -> list[Fault]:
    """``complete``: every file loads. A dependency on a service of a file that doesn't isn't missed."""
    return [*_claimed_twice(stacks), *(_missing(stacks) if complete else ())]


def without_circles(stacks: Sequence[Stack]) -> tuple[tuple[Stack, ...], list[Fault], list[Fault]]:
    """The stacks, faults and warnings. A circle that asks for health or completion can't start: a fault. One that
    only asks for a start is in files that ``docker stack`` takes, for it knows no order: nothing waits in it."""
    faults: list[Fault] = []
    warnings: list[Fault] = []
    while circle := _circle(stacks):
        services = {service.name: service for service in _services(stacks)}
        edges = set(pairwise(circle))
        plain = all(
            dependency.condition is Condition.STARTED
            for service in services.values()
            for dependency in service.depends_on
            if (service.name, dependency.service) in edges
        )
        chain = f"dependencies go round in a circle: {' → '.join(circle)}"
        if plain:
            warnings.append(_fault(services[circle[0]].at, chain, "nothing waits in it; take one of them out"))
        else:
            faults.append(_fault(services[circle[0]].at, chain, "take one of them out"))
        stacks = tuple(_without(stack, edges) for stack in stacks)
    return tuple(stacks), faults, warnings


def _without(stack: Stack, edges: set[tuple[str, str]]) -> Stack:
    services = (
        replace(
            service,
            depends_on=tuple(each for each in service.depends_on if (service.name, each.service) not in edges),
        )
        for service in stack.services
    )
    return replace(stack, services=tuple(services))


def _claimed_twice(stacks: Sequence[Stack]) -> Iterator[Fault]:
    sources: dict[str, str] = {}
    for stack in stacks:
        first = sources.setdefault(stack.name, stack.source)
        if first != stack.source:
            hint = "give one of the two another `name:`"
            yield Fault(stack.source, 1, 1, f"the stack {stack.name} is described by {first} too", hint)
    places: dict[str, Location] = {}
    for service in _services(stacks):
        place = places.setdefault(service.name, service.at)
        if place != service.at and place.file != service.at.file:
            hint = "give one of the two another x-reconciler.name"
            yield _fault(service.at, f"service {service.name} is described at {place} too", hint)


def _missing(stacks: Sequence[Stack]) -> Iterator[Fault]:
    known = {service.name for service in _services(stacks)}
    for service in _services(stacks):
        for dependency in service.depends_on:
            if dependency.required and dependency.service not in known:
                hint = "name a service of another stack as <stack>_<service>"
                yield _fault(
                    service.at, f"{service.key} depends on {dependency.service}, which no file describes", hint
                )


def _circle(stacks: Sequence[Stack]) -> list[str]:
    """A circle of dependents and dependencies, its first name at its end again; empty where there is none."""
    services = {service.name: service for service in _services(stacks)}
    graph = {
        name: [dependency.service for dependency in service.depends_on if dependency.service in services]
        for name, service in services.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _services(stacks: Sequence[Stack]) -> Iterator[Service]:
    return (service for stack in stacks for service in stack.services)


def _fault(at: Location, message: str, hint: str) -> Fault:
    return Fault(at.file, at.line, at.column, message, hint)
