"""Takes out of a plan what this process does and undoes again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.apply.backoff import Failure
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Kind, Plan

Standing = Callable[[Action], Failure | None]
"""The failure that holds an action back for now, if any."""


def without_disputed(plan: Plan, standing: Standing) -> Plan:
    """The plan with such writes held, and the services blocked that need them."""
    failures = {
        action.key: failure for action in plan.actions if (failure := standing(action)) and failure.by_ourselves
    }
    if not failures:
        return plan
    blocked = dict(plan.blocked)
    for action in plan.actions:
        causes = [key for key in (action.key, *sorted(action.after)) if key in failures]
        if causes and action.kind is Kind.SERVICE:
            blocked.setdefault(action.name, failures[causes[0]].error)
    return replace(
        plan,
        actions=tuple(action for action in plan.actions if action.key not in failures),
        held={**plan.held, **{key: failure.error for key, failure in failures.items()}},
        holds={**plan.holds, **dict.fromkeys(failures, Hold.DISPUTED_WITH_OURSELVES)},
        blocked=blocked,
    )
