"""History: what was done when, why, and with what result. It has an entry for each pass that did something, or that
changed the judgement of a service. Pure; ``loop.history`` keeps the entries in Swarm.

An entry holds no more than a plan shows: no values that are hidden, no content of configs and secrets, and no log lines
of tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from reconciler.passwords import HIDDEN
from reconciler.plan.model import Action, Key, Kind, Outcome, Result, Verb
from reconciler.records import dataclass
from reconciler.status.outputs import FieldChange, OutputModel, Source
from reconciler.status.redactor import LONGEST
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict

MOST_CHANGES, MOST_PARTS = 40, 1000
"""Limits: fields of one action, and actions and verdicts of one entry."""
GOOD = frozenset({Verdict.READY, Verdict.COMPLETED})


class PastAction(OutputModel):
    """Action that was done to one object. A model of its own, not the one that ``apply`` prints, because entries of
    earlier versions have to load."""

    kind: Kind
    name: str
    stack: str
    action: Verb
    reason: str
    restarts_tasks: bool
    result: Literal[Result.CHANGED, Result.FAILED]
    detail: str = ""
    cause: str = ""
    """Why it failed; empty in entries of earlier versions."""
    changes: list[FieldChange] = Field(default_factory=list)


class VerdictChange(OutputModel):
    """Change of a verdict. ``before`` is null if nothing was known of the service. ``error`` is in the engine's
    words."""

    service: str
    stack: str
    before: Verdict | None
    after: Verdict
    reason: str
    error: str
    suspended: bool
    cause: str = ""
    """Cause of the verdict; empty in entries of earlier versions."""


class HistoryEntry(OutputModel):
    """Entry of one pass; ``at`` in seconds since the epoch, ``took`` in seconds. ``number`` counts the entries of a
    Swarm."""

    number: int = 0
    at: float
    took: float
    by: str
    """Process that acted."""
    wakes: list[str]
    """Why the pass was made."""
    forced: bool = False
    commit: str = ""
    """Commit that was read, if the desired folder is in a git checkout."""
    dirty: bool = False
    """Whether the work tree's desired folder differed from that commit."""
    actions: list[PastAction] = Field(default_factory=list)
    verdicts: list[VerdictChange] = Field(default_factory=list)
    omitted: int = 0
    """Number of actions and verdicts left out, if there are more than a thousand."""


class HistoryOutput(OutputModel):
    """History entries, oldest first."""

    format: Literal[1] = 1
    source: Source = "look"
    entries: list[HistoryEntry]


@dataclass(frozen=True, slots=True)
class Standing:
    """Judgement of a service when it was last written down."""

    verdict: Verdict
    suspended: bool = False


Standings = Mapping[str, Standing]
"""Standings by Swarm name."""


def entry(report: Report, by: str, known: Standings, failing: Mapping[Key, str]) -> HistoryEntry | None:
    """Return the entry for a pass; None for a pass that did nothing and changed nothing. ``failing`` has the
    failures of the pass before: one that continues is written down once."""
    outcomes = [each for each in report.outcomes if _is_news(each, failing)]
    touched = {each.action.name for each in outcomes if each.action.kind is Kind.SERVICE}
    verdicts = [] if report.engine_error else list(_changed(report, known, touched))
    if not outcomes and not verdicts:
        return None
    parts = len(outcomes) + len(verdicts)
    return HistoryEntry(
        at=round(report.at, 3),
        took=round(report.took, 3),
        by=by,
        wakes=[_short(wake) for wake in report.wakes[:20]],
        forced=report.forced,
        commit=report.revision.commit if report.revision else "",
        dirty=bool(report.revision and report.revision.dirty),
        actions=[_past(each) for each in outcomes[:MOST_PARTS]],
        verdicts=verdicts[: max(0, MOST_PARTS - len(outcomes))],
        omitted=max(0, parts - MOST_PARTS),
    )


def failures(report: Report) -> dict[Key, str]:
    return {each.action.key: each.detail for each in report.outcomes if each.result is Result.FAILED}


def standings(entries: Iterable[HistoryEntry]) -> dict[str, Standing]:
    """Return how services were judged in the last entry about each."""
    return {each.service: Standing(each.after, each.suspended) for entry in entries for each in entry.verdicts}


def standings_after(report: Report) -> dict[str, Standing]:
    return {name: _standing(judgement) for name, judgement in report.judgements.items()}


def of_service(entries: Iterable[HistoryEntry], name: str) -> tuple[HistoryEntry, ...]:
    """Return the entries about one service, without what they say about others."""
    mine = (
        entry.model_copy(
            update={
                "actions": [each for each in entry.actions if each.kind == Kind.SERVICE and each.name == name],
                "verdicts": [each for each in entry.verdicts if each.service == name],
            }
        )
        for entry in entries
    )
    return tuple(entry for entry in mine if entry.actions or entry.verdicts)


def _is_news(outcome: Outcome, failing: Mapping[Key, str]) -> bool:
    if outcome.result is Result.FAILED:
        return failing.get(outcome.action.key) != outcome.detail
    return outcome.result is Result.CHANGED


def _changed(report: Report, known: Standings, touched: set[str]) -> Iterator[VerdictChange]:
    for name, judgement in report.judgements.items():
        before = known.get(name)
        if before and before.verdict == judgement.verdict and before.suspended == judgement.suspended:
            continue
        if before is None and judgement.verdict in GOOD and name not in touched and not judgement.suspended:
            continue  # it was so before this process looked
        yield VerdictChange(
            service=name,
            stack=judgement.stack,
            before=before.verdict if before else None,
            after=judgement.verdict,
            reason=_short(judgement.reason),
            error=_short(_more(judgement)),
            suspended=judgement.suspended,
            cause=judgement.cause,
        )


def _more(judgement: Judgement) -> str:
    """Return what a task says beyond the reason, in one line."""
    told = {judgement.reason, judgement.facts.said}
    return "" if judgement.error in told else (judgement.error or "").partition("\n")[0]


def _standing(judgement: Judgement) -> Standing:
    return Standing(judgement.verdict, judgement.suspended)


def fields_of(action: Action) -> list[FieldChange]:
    """Return the fields that an action changes, as far as they are written down."""
    changes = [
        FieldChange(
            path=change.path,
            before=_shortened(change.before),
            after=_shortened(change.after),
            redacted=HIDDEN in f"{change.before} {change.after}",
            shortened=_is_long(change.before) or _is_long(change.after),
        )
        for change in action.changes[:MOST_CHANGES]
    ]
    if len(action.changes) > MOST_CHANGES:
        more = f"and {len(action.changes) - MOST_CHANGES} more"
        changes.append(FieldChange(path=more, before=None, after=None))
    return changes


def _past(outcome: Outcome) -> PastAction:
    action = outcome.action
    return PastAction(
        kind=action.kind,
        name=action.name,
        stack=action.stack,
        action=action.verb,
        reason=_short(action.reason),
        restarts_tasks=action.restarts_tasks,
        result=Result.CHANGED if outcome.result is Result.CHANGED else Result.FAILED,
        detail=_short(outcome.detail),
        cause=outcome.finding.cause if outcome.finding else "",
        changes=fields_of(action),
    )


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return _short(value)
    return _short(str(value)) if _is_long(value) else value


def _is_long(value: Any) -> bool:
    return isinstance(value, dict | list) and len(str(value)) > LONGEST


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
