"""What was done when, why, and with what end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from reconciler.cli.commands import show
from reconciler.cli.setting_up import Options, reconciler_of
from reconciler.cli.text import COLOURS, SIGNS, change_text
from reconciler.commits.model import Revision
from reconciler.moments import date_and_time
from reconciler.plan.model import Change, Result

if TYPE_CHECKING:
    from reconciler.status.history import HistoryEntry, PastAction, VerdictChange

RESULTS = {Result.CHANGED: "green", Result.FAILED: "red"}


def history(options: Options, service: str, limit: int) -> int:
    """The last ``limit`` entries, of one service where it is named."""
    from reconciler.loop.history import entries, prefix
    from reconciler.status.history import HistoryOutput, of_service

    reconciler = reconciler_of(options)
    found = entries(reconciler.swarm.configs(prefix(options.owner)), options.owner)
    if service:
        found = of_service(found, _named(options, service, found))
    output = HistoryOutput(entries=list(found[-limit:] if limit else found))
    show(options.output, output, lambda: history_text(output.entries, service))
    return 0


def _named(options: Options, text: str, found: Iterable[HistoryEntry]) -> str:
    """The Swarm name of a service that is desired, or is there, or else of one that was."""
    from reconciler.plan.model import Kind
    from reconciler.status.naming import Named, find, known

    reconciler = reconciler_of(options)
    services = known(reconciler.read().stacks, reconciler.swarm.observe().services)
    told = {each.service: each.stack for entry in found for each in entry.verdicts}
    told |= {each.name: each.stack for entry in found for each in entry.actions if each.kind == Kind.SERVICE}
    names = {name for each in services for name in {*each.said, each.key}}
    gone = () if text in names else [Named(stack, name, name.removeprefix(f"{stack}_")) for name, stack in told.items()]
    return find(text, {each.name: each for each in (*gone, *services)}.values()).name


def history_text(entries: Iterable[HistoryEntry], service: str = "") -> RenderableType:
    lines = [line for entry in entries for line in entry_lines(entry)]
    return Group(*lines) if lines else Text(f"nothing is told of {service}" if service else "nothing is told yet")


def entry_lines(entry: HistoryEntry) -> Iterator[Text]:
    forced = ", forced" if entry.forced else ""
    commit = f" at {Revision(entry.commit, entry.dirty)}" if entry.commit else ""
    why = f"{commit}: {', '.join(entry.wakes)}{forced}"
    yield Text.assemble((f"#{entry.number} {date_and_time(entry.at)}", "bold"), why, (f" (by {entry.by})", "dim"))
    for action in entry.actions:
        yield from _action(action)
    for verdict in entry.verdicts:
        yield from _verdict(verdict)
    if entry.omitted:
        yield Text(f"  and {entry.omitted} more", "dim")


def _action(action: PastAction) -> Iterator[Text]:
    sign, colour = SIGNS[action.action]
    what = f"  {sign} {action.action} {action.kind} {action.name}"
    said = f": {action.detail}" if action.detail else ""
    yield Text.assemble((what, colour), f": {action.reason}; ", (f"{action.result}{said}", RESULTS[action.result]))
    for change in action.changes:
        yield change_text(Change(change.path, change.before, change.after))


def _verdict(change: VerdictChange) -> Iterator[Text]:
    before = (change.before, COLOURS[change.before]) if change.before else "?"
    after = (change.after, COLOURS[change.after])
    yield Text.assemble(f"  {change.service}: ", before, " → ", after, f": {change.reason}")
    if change.error and change.error not in change.reason:
        yield Text(f"    {change.error}", "red")
