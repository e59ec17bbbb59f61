"""History entries as text: what was done when, why, and with what result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reconciler.cli.report_text import COLOURS, SIGNS, change_text
from reconciler.cli.styled import Text
from reconciler.commits.model import Revision
from reconciler.moments import date_and_time
from reconciler.plan.model import Change, Result

if TYPE_CHECKING:
    from reconciler.status.history import HistoryEntry, PastAction, VerdictChange

RESULTS = {Result.CHANGED: "green", Result.FAILED: "red"}


def history_text(entries: Iterable[HistoryEntry], service: str = "") -> list[Text]:
    lines = [line for entry in entries for line in entry_lines(entry)]
    return lines or [Text(f"the history has nothing about {service}" if service else "the history is empty")]


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
    if change.error:
        yield Text(f"    {change.error}", "red")
