"""The first page: how the platform is, the start-up graph or the list of services, what needs attention, activity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from reconciler.status.report_output import remarks
from reconciler.web.activity import activity
from reconciler.web.attention import attention
from reconciler.web.graph import graph_of, waiting_for
from reconciler.web.headline import headline
from reconciler.web.lanes import lanes
from reconciler.web.service_list import SORTS, Wish, listed
from reconciler.web.shown_services import GOOD, labels, shown_services
from reconciler.web.view import View

LISTED = 200
"""With more services than this the list is what is shown first."""
LINES = 14
"""Of the activity."""


def platform_page(view: View, request: Request) -> Mapping[str, Any]:
    """Return what the template needs."""
    services = shown_services(view)
    asked = request.query_params.get("view", "")
    wish = Wish.of(request.query_params)
    as_list = asked == "list" or (asked != "graph" and (len(services) > LISTED or bool(wish.text)))
    cards, more_cards = attention(view)
    content: dict[str, Any] = {
        "headline": headline(view),
        "as_list": as_list,
        "wish": wish,
        "sorts": SORTS,
        "cards": cards,
        "more_cards": more_cards,
        "warnings": remarks(view.report.warnings)[:50],
        "activity": activity(view.history, labels(view), LINES),
    }
    if as_list:
        return {**content, "list": listed(services, wish)}
    graph = graph_of(view.services, waiting_for(view.report.judgements))
    stack_of = {name: service.stack for name, service in view.services.items()}
    bad = {
        stack: sum(j.stack == stack and j.verdict not in GOOD for j in view.report.judgements.values())
        for stack in dict.fromkeys(stack_of.values())
    }
    return {**content, "lanes": lanes(graph, stack_of), "shown": {each.name: each for each in services}, "bad": bad}
