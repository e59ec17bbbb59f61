"""The nodes, what runs on them, and how much of them is reserved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from reconciler.web.nodes import nodes_of
from reconciler.web.shown_services import labels
from reconciler.web.view import View


def nodes_page(view: View, _: Request) -> Mapping[str, Any]:
    """Return what the template needs."""
    nodes = nodes_of(view.snapshot).nodes if view.snapshot else []
    return {"nodes": nodes, "names": labels(view), "engine_error": view.report.engine_error, "percent": percent}


def percent(part: float, whole: float) -> float:
    """Return how much of a whole a part is, from 0 to 100."""
    return round(min(100.0, 100.0 * part / whole), 1) if whole > 0 else 0.0
