"""Cache of the plan: it is made again only if something changed or something was to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from reconciler.desired.model import Stack
from reconciler.observed.model import Snapshot
from reconciler.plan.comparison import Comparisons
from reconciler.plan.draft import Rules
from reconciler.plan.model import Plan
from reconciler.plan.planner import make_plan

_UNSEEN = {"at", "seen", "watching_since", "probed", "unreadable"}
"""Members of a Snapshot that change no plan, unless a service is being rolled out."""
_SEEN = tuple(each.name for each in fields(Snapshot) if each.name not in _UNSEEN)
_OVER = {"completed", "rollback_completed"}
"""States of a rollout that don't change with time alone."""


class Plans:
    """Makes one plan after another. The results are the same as without a memory."""

    def __init__(self) -> None:
        self._comparisons = Comparisons()
        self._basis: tuple[object, ...] | None = None
        self._last = Plan()

    def of(self, stacks: Sequence[Stack], snapshot: Snapshot, rules: Rules) -> Plan:
        """Return the plan of ``make_plan``, from memory where possible."""
        basis = (stacks, rules, *(getattr(snapshot, name) for name in _SEEN))
        if basis == self._basis:
            return self._last
        plan = make_plan(stacks, snapshot, rules, self._comparisons)
        timeless = all(found.update is None or found.update.state in _OVER for found in snapshot.services.values())
        self._basis = basis if timeless and not (plan or plan.holds or plan.errors) else None
        self._last = plan
        return plan
