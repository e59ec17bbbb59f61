"""What findings and holds say, for tests: in the words that the product has, whatever it says while the test runs."""

from __future__ import annotations

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.causes.words import say
from reconciler.plan.holds import Hold
from reconciler.plan.model import Key, Plan
from reconciler.verdict.model import Judgement
from tests.rewording import as_written


def in_words(finding: Finding | None) -> str:
    with as_written():
        return say(finding) if finding else ""


def reason(judgement: Judgement) -> str:
    """Return the cause and the facts of a judgement in words."""
    return in_words(Finding(judgement.cause, judgement.facts))


def hold(cause: Cause, said: str = "") -> Hold:
    return Hold(Finding(cause, Facts(said=said)))


def held(plan: Plan) -> dict[Key, str]:
    """Return why differences are left alone, by object."""
    with as_written():
        return {key: each.words for key, each in plan.holds.items()}


def blocked(plan: Plan) -> dict[str, str]:
    """Return why services can't be brought to what their files say."""
    with as_written():
        return {key.name: each.words for key, each in plan.holds.items() if each.blocks}


def rolled_back(plan: Plan) -> dict[str, str]:
    """Return why Swarm rolled services back."""
    return {key.name: each.rolled_back for key, each in plan.holds.items() if each.rolled_back}
