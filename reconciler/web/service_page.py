"""One service: how it is and why, what to do, what differs, its tasks over time, and what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from reconciler.errors import ReconcilerError
from reconciler.status.explain import explain
from reconciler.status.explain_output import Difference
from reconciler.status.service_names import Named, find
from reconciler.web.activity import activity
from reconciler.web.problems import Problem
from reconciler.web.shown_services import label, labels, look
from reconciler.web.timeline import timeline
from reconciler.web.view import View

LINES = 20


def service_page(view: View, request: Request) -> Mapping[str, Any]:
    """Return what the template needs. Raises ``Problem`` for a service that nobody knows."""
    named = named_in(view, request.path_params["name"])
    case = view.case(named)
    content: dict[str, Any] = {
        "label": label(named.stack, named.key),
        "named": named,
        "names": labels(view),
        "judgement": view.report.judgements.get(named.name),
        "engine_error": view.report.engine_error,
        "look": look,
    }
    if case is None:
        return {**content, "found": None}
    found = explain(case, None, view.redactor)
    standings: dict[str, list[Difference]] = {}
    for each in found.differences:
        standings.setdefault(f"{each.standing}: {each.why}", []).append(each)
    return {
        **content,
        "found": found,
        "standings": standings,
        "timeline": timeline(case.found, case.snapshot) if case.found else None,
        "activity": activity(case.history, content["names"], LINES),
        "suspension": _suspension(view, named),
        "target": target_of(named),
    }


def named_in(view: View, text: str) -> Named:
    """Return the service of an address."""
    try:
        found = find(text[:300], [each for each in view.named if each.name == text] or view.named)
    except ReconcilerError as error:
        raise Problem(404, str(error)) from error
    return found


def target_of(named: Named) -> str:
    """Return what suspends exactly this service, even where a stack has the same name."""
    return f"{named.stack}/{named.name}" if named.stack else named.name


def _suspension(view: View, named: Named) -> str:
    """Return what ``resume`` has to name, where somebody suspended this at run time."""
    now = view.report.suspensions
    if (own := now.services.get(named.name)) and own.since is not None:
        return target_of(named)
    of_stack = now.stacks.get(named.stack)
    return named.stack if of_stack and of_stack.since is not None else ""
