"""Basis of commands that list things: what is desired, what exists, and its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.cli.from_options import check_folder
from reconciler.cli.look_client import USUAL
from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.cli.look import Scene
    from reconciler.cli.options import CommonOptions
    from reconciler.observed.model import Snapshot
    from reconciler.status.listing import ServiceTasks
    from reconciler.status.redactor import Redactor
    from reconciler.status.report import Report
    from reconciler.status.service_names import Named


@dataclass(frozen=True, slots=True)
class Survey:
    """Survey of services. ``named`` has every service that is desired or exists, by stack and name."""

    owner: str
    report: Report
    snapshot: Snapshot
    named: Sequence[Named]
    specs: Mapping[str, Any]
    redactor: Redactor
    remark: str = ""

    @property
    def ours(self) -> list[Named]:
        """Return services that a file desires, or that have the label of our owner."""
        from reconciler.plan.model import Key, Kind
        from reconciler.plan.ownership import is_ours

        owner, there = self.owner, self.snapshot.services
        owned = {name for name, found in there.items() if is_ours(Key(Kind.SERVICE, name), found.spec, owner)}
        return [each for each in self.named if each.name in owned or each.name in self.report.judgements]

    def chosen(self, text: str) -> list[Named]:
        """Return the service that ``text`` means, or those of the stack. Raises ``UsageError``."""
        from reconciler.status.service_names import find, stacks_of

        found = find(text, (*stacks_of(self.named), *self.named))
        return [found] if found.name else [each for each in self.named if each.stack == found.stack]

    def redacted(self, tasks: ServiceTasks) -> ServiceTasks:
        """Return the tasks without secrets in the engine's words."""
        shown = self.redactor.text
        lines = [line.model_copy(update={"error": shown(line.error, tasks.name)}) for line in tasks.tasks]
        return tasks.model_copy(update={"tasks": lines})

    @property
    def note(self) -> str:
        """Return the note for standard error on files that don't load; empty for none."""
        return f"{self.remark}\n" if self.remark else ""


def survey_of(options: CommonOptions, scene: Scene) -> Survey:
    """Look at the files and the Swarm: ask the loop that runs here, or else look ourselves.

    Raises:
        EngineUnavailable: the engine can't be reached.
        UsageError: the named folder doesn't exist.
    """
    from reconciler.status.service_names import known

    parts = scene.parts
    desired = parts.settings.desired
    if scene.source == "look":
        check_folder(desired, needed=options.desired != USUAL)
    report, snapshot = scene.report, scene.snapshot
    stacks = parts.wanted.stacks
    named = sorted(known(stacks, snapshot.services), key=lambda each: (not each.stack, each.stack, each.name))
    specs = {service.name: service.spec for stack in stacks for service in stack.services}
    remark = ""
    if scene.source == "look" and not desired.exists():
        remark = f"{desired} doesn't exist: without files there are no verdicts (--desired DIR)"
    elif report.faults:
        number = f"{len(report.faults)} error{'s' if len(report.faults) > 1 else ''}"
        remark = f"{number} in {desired}: `reconciler validate` shows them"
    return Survey(options.owner, report, snapshot, named, specs, scene.redactor, remark)
