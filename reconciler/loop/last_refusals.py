"""Refusals by the engine, read from the history, for a process that only observes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from reconciler.apply.backoff import Failure
from reconciler.moments import time_of_day
from reconciler.plan.model import Action, Result
from reconciler.redaction import Redact, Redaction
from reconciler.status.history import HistoryEntry, PastAction, fields_of
from reconciler.status.outputs import FieldChange

_STRICT = Redaction(Redact.ALL)


def refused(entries: Iterable[HistoryEntry]) -> Callable[[Action], Failure | None]:
    """Return a function that finds the failure of an action: it was tried with the same changes and hasn't succeeded
    since. ``entries`` are oldest first."""
    last = {(past.kind, past.name): (entry.at, past) for entry in entries for past in entry.actions}

    def standing(action: Action) -> Failure | None:
        at, past = last.get((action.kind, action.name), (0.0, None))
        if past is None or past.result is not Result.FAILED or not _is(past, action):
            return None
        return Failure(f"{past.detail} (tried at {time_of_day(at)})", retry_at=at, count=1, attempt="")

    return standing


def _is(past: PastAction, action: Action) -> bool:
    return past.action == action.verb and _compared(fields_of(action)) == _compared(past.changes)


def _compared(changes: Iterable[FieldChange]) -> list[tuple[str, Any, Any]]:
    """Return the changes as the strictest redaction shows them: the history may have been written with any setting."""
    return [
        (each.path, _STRICT.value(each.path, each.before), _STRICT.value(each.path, each.after)) for each in changes
    ]
