"""What findings and holds say, for tests."""

from __future__ import annotations

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.causes.words import say
from reconciler.plan.holds import Hold
from reconciler.plan.model import Key, Plan


def in_words(finding: Finding | None) -> str:
    return say(finding) if finding else ""


def hold(cause: Cause, said: str = "") -> Hold:
    return Hold(Finding(cause, Facts(said=said)))


def held(plan: Plan) -> dict[Key, str]:
    """Return why differences are left alone, by object."""
    return {key: each.words for key, each in plan.holds.items()}


def blocked(plan: Plan) -> dict[str, str]:
    """Return why services can't be brought to what their files say."""
    return {key.name: each.words for key, each in plan.holds.items() if each.blocks}


def rolled_back(plan: Plan) -> dict[str, str]:
    """Return why Swarm rolled services back."""
    return {key.name: each.rolled_back for key, each in plan.holds.items() if each.rolled_back}
