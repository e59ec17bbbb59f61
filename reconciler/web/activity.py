"""The history in short lines, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.commits.model import SHORT
from reconciler.plan.model import Kind, Result
from reconciler.records import dataclass
from reconciler.status.history import HistoryEntry, PastAction, VerdictChange
from reconciler.web.shown_services import look

PER_ENTRY, LONGEST = 4, 110
"""Lines of one entry, and characters of one."""


@dataclass(frozen=True, slots=True)
class Line:
    """``number`` is the entry's; ``service`` is empty for what is about no service that can be linked."""

    number: int
    at: float
    look: str
    subject: str
    words: str
    service: str = ""
    failed: bool = False


def activity(entries: Iterable[HistoryEntry], names: Mapping[str, str], most: int) -> list[Line]:
    """Return the newest lines of a history; ``names`` has what people call the services there are."""
    found: list[Line] = []
    commit = ""
    for entry in reversed(list(entries)[-most:]):
        if len(found) >= most:
            break
        lines = list(_lines(entry, names))
        found += lines[:PER_ENTRY]
        if len(lines) > PER_ENTRY:
            found.append(Line(entry.number, entry.at, "none", "", f"and {len(lines) - PER_ENTRY} more"))
        if entry.commit and entry.commit != commit:
            dirty = ", with changes that aren't committed" if entry.dirty else ""
            found.append(Line(entry.number, entry.at, "none", f"commit {entry.commit[:SHORT]}", dirty.lstrip(", ")))
        commit = entry.commit or commit
    return found[:most]


def _lines(entry: HistoryEntry, names: Mapping[str, str]) -> Iterator[Line]:
    for verdict in entry.verdicts:
        yield _of_verdict(entry, verdict, names)
    judged = {verdict.service for verdict in entry.verdicts}
    for action in sorted(entry.actions, key=lambda each: each.kind is not Kind.SERVICE):
        if action.result is Result.FAILED or action.changes or action.name not in judged:
            yield _of_action(entry, action, names)


def _of_verdict(entry: HistoryEntry, verdict: VerdictChange, names: Mapping[str, str]) -> Line:
    service = verdict.service if verdict.service in names else ""
    subject = names.get(verdict.service, verdict.service)
    words = f"{verdict.after}: {_short(verdict.reason)}"
    return Line(entry.number, entry.at, look(verdict.after), subject, words, service)


def _of_action(entry: HistoryEntry, action: PastAction, names: Mapping[str, str]) -> Line:
    is_service = action.kind is Kind.SERVICE
    subject = names.get(action.name, action.name) if is_service else f"{action.kind} {action.name}"
    fields = ", ".join(change.path for change in action.changes[:3])
    more = f" and {len(action.changes) - 3} more" if len(action.changes) > 3 else ""
    what = f"{action.action}: {fields}{more}" if fields else str(action.action)
    failed = action.result is Result.FAILED
    words = f"{what} failed: {_short(action.detail)}" if failed else what
    service = action.name if is_service and action.name in names else ""
    return Line(entry.number, entry.at, "degraded" if failed else "none", subject, words, service, failed)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
