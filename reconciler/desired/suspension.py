"""Where nothing may be written or removed for now, and who said so: the files, or somebody at run time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from reconciler.desired.model import Stack
from reconciler.moments import date_and_time
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Suspension:
    """``since`` in seconds since the epoch, None where a file says it; ``by`` is who, as ``user@host``."""

    since: float | None = None
    by: str = ""
    reason: str = ""

    def __str__(self) -> str:
        since = "" if self.since is None else f" since {date_and_time(self.since)}"
        if not self.by:
            return f"suspended{since}"
        return f"suspended{since} by {self.by}" + (f" ({self.reason})" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Suspensions:
    """Suspended stacks, and suspended services by Swarm name."""

    stacks: Mapping[str, Suspension] = field(default_factory=dict)
    services: Mapping[str, Suspension] = field(default_factory=dict)

    def of_stack(self, stack: str) -> Suspension | None:
        return self.stacks.get(stack)

    def of_service(self, name: str, stack: str) -> Suspension | None:
        """Its own suspension, or its stack's."""
        return self.services.get(name) or self.stacks.get(stack)

    def and_of(self, stacks: Iterable[Stack]) -> Suspensions:
        """These, and those that the files ask for."""
        said_stacks, said_services = dict[str, Suspension](), dict[str, Suspension]()
        for stack in stacks:
            if stack.suspend:
                said_stacks[stack.name] = Suspension()
            if stack.name not in self.stacks:  # what was said at run time tells more than a file does
                said_services |= {each.name: Suspension() for each in stack.services if each.options.suspend}
        return Suspensions({**said_stacks, **self.stacks}, {**said_services, **self.services})
