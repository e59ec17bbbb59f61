"""Checks across stacks: names that two stacks claim, dependencies across stacks, circles of dependencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from reconciler import labels
from reconciler.compose.clashes import clashes
from reconciler.compose.stack_dependencies import missing_stacks, too_many, with_stacks_needs
from reconciler.desired.model import Condition, Config, Location, Network, Secret, Service, Stack
from reconciler.errors import Fault
from reconciler.records import dataclass

Blamed = tuple[str, Fault]
"""A fault, and the source of the stack that would have to change."""


MOST_CIRCLES = 20
"""Circles of dependencies that are reported one by one: each takes a look at all services."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Stacks that don't contradict one another, and the faults of the others."""

    stacks: tuple[Stack, ...]
    chosen: Mapping[str, Stack]
    """The same stacks, by source, as each file describes them."""
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    broken: frozenset[str]


def agree(current: Mapping[str, Stack], broken: frozenset[str], last_good: Mapping[str, Stack]) -> Agreed:
    """Return every file's stack as it is now, or its last good state, by source. If two contradict each other, the
    newer stack is at fault.

    The last good state of one file is also checked against the new state of the others: two stacks that claim one
    service would take it from each other for ever.
    """
    chosen = {source: stack for source, stack in last_good.items() if source in broken} | dict(current)
    faults: set[Fault] = set()
    while True:
        order = sorted(chosen, key=lambda source: (_novelty(source, chosen, last_good), source))
        stacks = with_stacks_needs([chosen[source] for source in order])
        single, found = _shared([*stacks])
        acyclic, circles, warnings = _without_circles(single)
        found += [*too_many(stacks), *_claimed_twice(stacks), *(() if broken else _missing(stacks)), *circles]
        found += () if broken else missing_stacks(stacks)
        if not found:
            in_order = tuple(sorted(acyclic, key=lambda stack: stack.source))
            return Agreed(in_order, chosen, tuple(faults), (*warnings, *clashes(in_order)), broken)
        for source, fault in found:
            faults.add(fault)
            broken |= {source}
        for source in {source for source, _ in found}:
            last = last_good.get(source)
            if last is None or chosen[source] == last:
                del chosen[source]
            else:
                chosen[source] = last


def _novelty(source: str, chosen: Mapping[str, Stack], last_good: Mapping[str, Stack]) -> int:
    if source not in last_good:
        return 2
    return 0 if chosen[source] == last_good[source] else 1


def _without_circles(stacks: Sequence[Stack]) -> tuple[tuple[Stack, ...], list[Blamed], tuple[Fault, ...]]:
    """Remove circles of dependencies. A circle that needs health or completion can't start, so it is a fault. A
    circle that only needs a start is a warning: files for ``docker stack`` have such circles, because it knows no
    order, and nothing waits in them."""
    faults: list[Blamed] = []
    warnings: list[Fault] = []
    while circle := _circle(stacks):
        if len(warnings) >= MOST_CIRCLES:
            source = [stack.source for stack in stacks for service in stack.services if service.name in circle][-1]
            message = f"dependencies go round in more than {MOST_CIRCLES} circles"
            where = next(service.at for service in _services(stacks) if service.name == circle[0])
            faults.append((source, where.fault(message, "take them out")))
            break
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
            warnings.append(services[circle[0]].at.fault(chain, "nothing waits in it; take one of them out"))
        else:
            # Blame the newest stack in the circle: without it there was no circle.
            source = [stack.source for stack in stacks for service in stack.services if service.name in circle][-1]
            faults.append((source, services[circle[0]].at.fault(chain, "take one of them out")))
        stacks = tuple(_without(stack, edges) for stack in stacks)
    return tuple(stacks), faults, tuple(warnings)


def _without(stack: Stack, edges: set[tuple[str, str]]) -> Stack:
    services = (
        replace(
            service,
            depends_on=tuple(each for each in service.depends_on if (service.name, each.service) not in edges),
        )
        for service in stack.services
    )
    return replace(stack, services=tuple(services))


def _claimed_twice(stacks: Sequence[Stack]) -> Iterator[Blamed]:
    sources: dict[str, str] = {}
    places: dict[str, Location] = {}
    for stack in stacks:
        first = sources.setdefault(stack.name, stack.source)
        if first != stack.source:
            hint = "give one of the two another `name:`"
            fault = Fault(stack.source, 1, 1, f"the stack {stack.name} is described by {first} too", hint)
            yield stack.source, fault
            continue
        for service in stack.services:
            if service.name in places:
                hint = "give one of the two another x-reconciler.name"
                message = f"service {service.name} is described at {places[service.name]} too"
                yield stack.source, service.at.fault(message, hint)
            places.setdefault(service.name, service.at)


def _shared(stacks: list[Stack]) -> tuple[list[Stack], list[Blamed]]:
    """Merge networks, configs and secrets that two stacks declare by one name. If both mean the same, they are one
    object, as for ``docker stack``, and the first declaration is kept."""
    faults: list[Blamed] = []
    for member in ("networks", "configs", "secrets"):
        declared: dict[str, Network | Config | Secret] = {}
        for index, stack in enumerate(stacks):
            own: list[Any] = []
            for each in getattr(stack, member):
                first = declared.setdefault(each.name, each) if not each.external else each
                if first is each:
                    own.append(each)
                elif _meaning(first) != _meaning(each):
                    message = f"{member[:-1]} {each.name} is described at {first.at} too, otherwise"
                    faults.append((stack.source, each.at.fault(message, "say `external: true` in one of the two")))
            parts: dict[str, Any] = {member: tuple(own)}
            stacks[index] = replace(stack, **parts)
    return stacks, faults


def _meaning(declared: Network | Config | Secret) -> object:
    names = {name: text for name, text in (declared.spec.get("Labels") or {}).items() if name != labels.STACK}
    data = () if isinstance(declared, Network) else declared.data
    return {**declared.spec, "Labels": names}, data, getattr(declared, "generate", None)


def _missing(stacks: Sequence[Stack]) -> Iterator[Blamed]:
    known = {service.name for service in _services(stacks)}
    for stack in stacks:
        for service in stack.services:
            for dependency in service.depends_on:
                if dependency.required and dependency.service not in known:
                    hint = "name a service of another stack as <stack>_<service>"
                    message = f"{service.key} depends on {dependency.service}, which no file describes"
                    yield stack.source, service.at.fault(message, hint)


def _circle(stacks: Sequence[Stack]) -> list[str]:
    """Return a circle of dependents and dependencies, with its first name repeated at the end; empty if there is
    none."""
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
