"""Holds for writes that this process makes and another one keeps undoing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.apply.backoff import Failure
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Kind, Plan

Standing = Callable[[Action], Failure | None]
"""Function that returns the failure that holds an action back for now, if any."""


def without_disputed(plan: Plan, standing: Standing) -> Plan:
    """Return the plan with disputed writes held, and with the services blocked that need them."""
    failures = {
        action.key: failure for action in plan.actions if (failure := standing(action)) and failure.by_ourselves
    }
    if not failures:
        return plan
    holds = {key: Hold(failure.finding) for key, failure in failures.items()}
    for action in plan.actions:
        causes = [key for key in (action.key, *sorted(action.after)) if key in failures]
        if causes and action.kind is Kind.SERVICE:
            holds[action.key] = Hold(failures[causes[0]].finding, action.changes, blocks=True)
    return replace(
        plan,
        actions=tuple(action for action in plan.actions if action.key not in failures),
        holds={**holds, **plan.holds},
    )
