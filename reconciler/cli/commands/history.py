"""``reconciler history``: what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.look import Reply, Scene, answer
from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import argument, option
from reconciler.cli.printing import written
from reconciler.records import dataclass
from reconciler.settings.kinds import Whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.status.history import HistoryEntry


@dataclass(frozen=True, kw_only=True)
class HistoryOptions(CommonOptions):
    """Options of ``history``."""

    service: str = argument("[SERVICE]", help="Show only this service.", default="")
    limit: int = option(20, Whole(), help="So many entries, the last ones; 0 for all.")


def history(options: HistoryOptions) -> int:
    """Show what was done when, why, and with what end."""
    return answer("history", options, reply)


def reply(options: HistoryOptions, scene: Scene) -> Reply:
    """Return what ``history`` prints."""
    from reconciler.cli.history_text import history_text
    from reconciler.notes.history import entries
    from reconciler.notes.history_segments import prefix
    from reconciler.status.history import HistoryOutput, of_service
    from reconciler.status.redactor import Redactor

    found = entries(scene.parts.swarm.configs(prefix(options.owner)), options.owner)
    if options.service:
        found = of_service(found, _named(options.service, scene, found))
    listed = list(map(Redactor(scene.redaction).entry, found[-options.limit :] if options.limit else found))
    return Reply(
        written(
            options.output,
            scene.screen,
            lambda: HistoryOutput(entries=listed, source=scene.source),
            lambda _: history_text(listed, options.service),
        )
    )


def _named(text: str, scene: Scene, found: Iterable[HistoryEntry]) -> str:
    """Return the Swarm name of a service that is desired, that exists, or else that existed."""
    from reconciler.plan.model import Kind
    from reconciler.status.service_names import Named, find, known

    there = scene.snapshot.services
    services = known(scene.parts.wanted.stacks, there)
    told = {each.service: each.stack for entry in found for each in entry.verdicts}
    told |= {each.name: each.stack for entry in found for each in entry.actions if each.kind == Kind.SERVICE}
    names = {name for each in services for name in {*each.said, each.key}}
    gone = () if text in names else [Named(stack, name, name.removeprefix(f"{stack}_")) for name, stack in told.items()]
    return find(text, {each.name: each for each in (*gone, *services)}.values()).name
