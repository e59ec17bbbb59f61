"""What commands that list things start from: what is desired, what is there, and how it is."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.cli.answering import Scene, redacting
from reconciler.cli.building import reconciler_of
from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.cli.options import CommonOptions
    from reconciler.observed.model import Snapshot
    from reconciler.status.listing import ServiceTasks
    from reconciler.status.naming import Named
    from reconciler.status.redacted import Redactor
    from reconciler.status.report import Report


@dataclass(frozen=True, slots=True)
class Survey:
    """``named`` has every service that is desired or there, by stack and name."""

    owner: str
    report: Report
    snapshot: Snapshot
    named: Sequence[Named]
    specs: Mapping[str, Any]
    redactor: Redactor

    @property
    def ours(self) -> list[Named]:
        """Services that a file desires, or that have the label of our owner."""
        from reconciler.plan.model import Key, Kind
        from reconciler.plan.ownership import is_ours

        owner, there = self.owner, self.snapshot.services
        owned = {name for name, found in there.items() if is_ours(Key(Kind.SERVICE, name), found.spec, owner)}
        return [each for each in self.named if each.name in owned or each.name in self.report.judgements]

    def chosen(self, text: str) -> list[Named]:
        """Return the service that ``text`` means, or those of the stack. Raises ``UsageError``."""
        from reconciler.status.naming import find, stacks_of

        found = find(text, (*stacks_of(self.named), *self.named))
        return [found] if found.name else [each for each in self.named if each.stack == found.stack]

    def redacted(self, tasks: ServiceTasks) -> ServiceTasks:
        """Return it without secrets in the engine's words."""
        shown = self.redactor.text
        lines = [line.model_copy(update={"error": shown(line.error, tasks.name)}) for line in tasks.tasks]
        return tasks.model_copy(update={"tasks": lines})


def survey_of(options: CommonOptions) -> Survey:
    """Look at the files and the Swarm. What doesn't load is said on standard error.

    Raises:
        EngineUnavailable: the engine can't be asked.
    """
    from reconciler.status.naming import known

    reconciler = reconciler_of(options)
    scene = Scene(reconciler, "look", redacting(options.settings()))
    report, snapshot = scene.report, scene.snapshot
    stacks = reconciler.wanted.stacks
    named = sorted(known(stacks, snapshot.services), key=lambda each: (not each.stack, each.stack, each.name))
    specs = {service.name: service.spec for stack in stacks for service in stack.services}
    if not options.desired.exists():
        print(f"{options.desired} doesn't exist: without files there are no verdicts (--desired DIR)", file=sys.stderr)
    elif report.faults:
        number = f"{len(report.faults)} error{'s' if len(report.faults) > 1 else ''}"
        print(f"{number} in {options.desired}: `reconciler validate` shows them", file=sys.stderr)
    return Survey(options.owner, report, snapshot, named, specs, scene.redactor)
