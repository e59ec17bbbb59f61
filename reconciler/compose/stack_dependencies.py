"""Dependencies of stacks on stacks: each service of the one waits for each service of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.desired.model import Dependency, Service, Stack
from reconciler.errors import Fault

MOST = 200_000
"""Dependencies of one stack's services on those of other stacks, written out."""


def with_stacks_needs(stacks: Sequence[Stack]) -> list[Stack]:
    """Return the stacks, with ``depends_on`` of a whole stack written out as dependencies of its services.

    A service that itself names one of those services keeps its own condition. If there are more than ``MOST``, none is
    written out.
    """
    by_name = {stack.name: stack for stack in stacks}
    return [
        _written_out(stack, by_name) if stack.depends_on and _product(stack, by_name) <= MOST else stack
        for stack in stacks
    ]


def too_many(stacks: Sequence[Stack]) -> Iterator[tuple[str, Fault]]:
    """Yield stacks with too many dependencies to write out, by source."""
    by_name = {stack.name: stack for stack in stacks}
    for stack in stacks:
        if stack.depends_on and (count := _product(stack, by_name)) > MOST:
            message = f"each service of the stack {stack.name} would wait for each of others: {count} dependencies"
            yield stack.source, stack.at.fault(message, f"at most {MOST} are read: let fewer services depend on them")


def missing_stacks(stacks: Sequence[Stack]) -> Iterator[tuple[str, Fault]]:
    """Yield stacks that others depend on and no file describes, and stacks that depend on themselves, by source."""
    names = {stack.name for stack in stacks}
    for stack in stacks:
        for needed in stack.depends_on:
            if needed.service == stack.name:
                hint = "order its own services by `depends_on` in them"
                yield stack.source, stack.at.fault(f"the stack {stack.name} depends on itself", hint)
            elif needed.required and needed.service not in names:
                hint = "name a stack; a service of one goes below x-reconciler.depends_on of the service that needs it"
                message = f"the stack {stack.name} depends on the stack {needed.service}, which no file describes"
                yield stack.source, stack.at.fault(message, hint)


def _product(stack: Stack, by_name: Mapping[str, Stack]) -> int:
    theirs = (by_name[needed.service] for needed in stack.depends_on if needed.service in by_name)
    return len(stack.services) * sum(len(other.services) for other in theirs)


def _written_out(stack: Stack, by_name: Mapping[str, Stack]) -> Stack:
    theirs = tuple(
        Dependency(service.name, needed.condition, needed.required)
        for needed in stack.depends_on
        if needed.service != stack.name and needed.service in by_name
        for service in by_name[needed.service].services
    )
    return replace(stack, services=tuple(_needing(service, theirs) for service in stack.services))


def _needing(service: Service, theirs: tuple[Dependency, ...]) -> Service:
    """Return the service with the dependencies. Services without dependencies of their own share one object."""
    if not service.depends_on:
        return replace(service, depends_on=theirs)
    own = {dependency.service for dependency in service.depends_on}
    more = tuple(dependency for dependency in theirs if dependency.service not in own)
    return replace(service, depends_on=(*service.depends_on, *more))
