"""What the next pass would do and why, what it leaves alone, and what waits for consent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from reconciler.causes.cause import Cause
from reconciler.plan.model import Result, Verb
from reconciler.status.outputs import Held
from reconciler.status.report_output import plan_output
from reconciler.web.shown_services import labels
from reconciler.web.view import View

SIGNS: Mapping[Verb, tuple[str, str]] = {
    Verb.CREATE: ("+", "ready"),
    Verb.UPDATE: ("~", "waiting"),
    Verb.ADOPT: ("=", "completed"),
    Verb.REPLACE: ("±", "rolledback"),
    Verb.REMOVE: ("-", "degraded"),
}
MOST = 300
"""Actions of one page."""


def plan_page(view: View, _: Request) -> Mapping[str, Any]:
    """Return what the template needs."""
    plan = plan_output(view.report, "loop")
    waiting, held, later = _sorted(plan.held)
    return {
        "plan": plan,
        "actions": plan.actions[:MOST],
        "more": max(0, len(plan.actions) - MOST),
        "waiting": waiting,
        "held": held,
        "later": later,
        "digest": consent_digest(view),
        "outcomes": {
            (each.action.kind, each.action.name): each
            for each in view.report.outcomes
            if each.result is not Result.CHANGED
        },
        "signs": SIGNS,
        "names": labels(view),
        "standby": view.report.standby,
        "engine_error": view.report.engine_error,
    }


def _sorted(found: list[Held]) -> tuple[list[Held], list[Held], list[Held]]:
    """Return what waits for consent, what waits for a person otherwise, and what ends by itself."""
    waiting = [each for each in found if each.cause is Cause.AWAITING_CONSENT]
    held = [each for each in found if each.pending and each.cause is not Cause.AWAITING_CONSENT]
    return waiting, held, [each for each in found if not each.pending]


def consent_digest(view: View) -> str:
    """Return a digest of what waits for consent: consent is to the very list that somebody has seen."""
    plan = view.report.plan
    lines = sorted(f"{key} {hold.words}" for key, hold in plan.holds.items() if hold.cause is Cause.AWAITING_CONSENT)
    return hashlib.sha256("\n".join([plan.needs_consent, *lines]).encode(errors="backslashreplace")).hexdigest()[:16]
