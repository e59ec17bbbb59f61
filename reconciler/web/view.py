"""What the surfaces show: the last report, without secrets, and the Swarm that it is about."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.desired.model import Service, Stack
from reconciler.notes.history import entries
from reconciler.notes.lease import acting
from reconciler.observed.model import Snapshot
from reconciler.redaction import Redact, Redaction
from reconciler.status.case import Case
from reconciler.status.history import HistoryEntry, of_service
from reconciler.status.redactor import Redactor
from reconciler.status.report import Report
from reconciler.status.service_names import Named, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class View:
    """One report as the surfaces show it. ``number`` grows with each; values are hidden at least as ``env`` says.

    Everything is worked out when it is first asked for: a pass pays nothing for what nobody looks at.
    """

    def __init__(
        self,
        number: int,
        report: Report,
        snapshot: Snapshot | None,
        stacks: Sequence[Stack],
        owner: str,
        *,
        plain: bool,
    ) -> None:
        self.number = number
        self.turn = threading.Lock()
        """One reader at a time works something out: many at once would take the interpreter from a pass."""
        self.snapshot = snapshot
        self.owner = owner
        self.stacks = tuple(stacks)
        self._report = report
        self._plain = plain
        """Whether the report still has values that are to be hidden."""

    @cached_property
    def redactor(self) -> Redactor:
        """Hides what a reader mustn't see."""
        return Redactor(Redaction(Redact.ENV), self.stacks, self.snapshot)

    @cached_property
    def report(self) -> Report:
        """The report, without secrets."""
        return self.redactor.report(self._report) if self._plain else self._report

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """Every desired service, by Swarm name."""
        return {service.name: service for stack in self.stacks for service in stack.services}

    @cached_property
    def named(self) -> tuple[Named, ...]:
        """Every service that is desired or there."""
        found = known(self.stacks, self.snapshot.services if self.snapshot else {})
        return tuple(sorted(found, key=lambda each: (not each.stack, each.stack, each.name)))

    @cached_property
    def history(self) -> tuple[HistoryEntry, ...]:
        """The history, oldest first, without secrets."""
        found = entries(self.snapshot.configs, self.owner) if self.snapshot else ()
        return tuple(map(self.redactor.entry, found))

    @property
    def leader(self) -> str:
        """Who holds the lease, in words; empty for nobody."""
        return acting(self.snapshot.configs, self.owner) if self.snapshot else ""

    def case(self, named: Named) -> Case | None:
        """Return what is known of one service; None while the Swarm was never seen."""
        if self.snapshot is None:
            return None
        history = of_service(self.history, named.name)
        return Case(named, self.services, self.snapshot, self.report, history, self.leader)
