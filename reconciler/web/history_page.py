"""What happened: passes that did or changed something, newest first, filtered and paged by the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from reconciler.plan.model import Result
from reconciler.status.history import HistoryEntry, of_service
from reconciler.web.plan_page import SIGNS
from reconciler.web.shown_services import BAD, label, labels, look
from reconciler.web.view import View

PAGE = 50
KINDS = {"": "everything", "changes": "with changes", "trouble": "with trouble", "forced": "forced passes"}


def history_page(view: View, request: Request) -> Mapping[str, Any]:
    """Return what the template needs."""
    given = request.query_params
    service, commit = given.get("service", "").strip()[:300], given.get("commit", "").strip()[:64].lower()
    kind = given.get("kind", "") if given.get("kind", "") in KINDS else ""
    before = given.get("before", "")
    found: Sequence[HistoryEntry] = _of_service(view, service) if service else view.history
    found = [each for each in found if _fits(each, kind) and each.commit.startswith(commit)]
    if before.isascii() and before.isdigit() and len(before) < 10:
        found = [each for each in found if each.number < int(before)]
    page = list(reversed(found[-PAGE:]))
    asked = {"service": service, "commit": commit, "kind": kind}
    return {
        "entries": page,
        "older": {**asked, "before": str(page[-1].number)} if len(found) > PAGE else None,
        "asked": asked,
        "paged": bool(before),
        "kinds": KINDS,
        "names": labels(view),
        "signs": SIGNS,
        "look": look,
    }


def _of_service(view: View, text: str) -> Sequence[HistoryEntry]:
    """Return the entries of a service, by whatever it is called; one that is gone by its Swarm name."""
    names = [each.name for each in view.named if text in (each.name, label(each.stack, each.key))]
    return of_service(view.history, names[0] if names else text)


def _fits(entry: HistoryEntry, kind: str) -> bool:
    match kind:
        case "changes":
            return bool(entry.actions)
        case "trouble":
            failed = any(each.result is Result.FAILED for each in entry.actions)
            return failed or any(each.after in BAD for each in entry.verdicts)
        case "forced":
            return entry.forced
        case _:
            return True
