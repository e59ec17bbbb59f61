"""What a cause means: an entry of the reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from reconciler.causes.cause import Cause
from reconciler.causes.reference import REFERENCE
from reconciler.web.problems import Problem
from reconciler.web.view import View


def cause_page(view: View, request: Request) -> Mapping[str, Any]:
    """Return an entry, and who has this cause now. Raises ``Problem`` for what is no cause."""
    try:
        cause = Cause(request.path_params["cause"])
    except ValueError as error:
        raise Problem(404, f"{request.path_params['cause'][:100]!r} is no cause") from error
    services = [(name, each) for name, each in view.report.judgements.items() if each.cause is cause]
    return {"cause": str(cause), "entry": REFERENCE[cause], "services": services[:100], "count": len(services)}
