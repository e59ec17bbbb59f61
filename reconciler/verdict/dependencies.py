"""Check whether the dependencies of a service meet their conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.desired.model import Condition, Dependency
from reconciler.verdict.model import Judgement


def unmet(dependencies: Iterable[Dependency], judged: Mapping[str, Judgement]) -> Finding | None:
    """Return the first dependency that isn't met; None if all are."""
    for dependency in dependencies:
        judgement = judged.get(dependency.service)
        facts = Facts(object=dependency.service, condition=str(dependency.condition))
        if judgement is None:
            if dependency.required:
                return Finding(Cause.DEPENDENCY_NOT_READY, facts)
        elif not _met(dependency.condition, judgement):
            found = replace(facts, verdict=str(judgement.verdict), said=judgement.reason, because=judgement.cause)
            return Finding(Cause.DEPENDENCY_NOT_READY, found)
    return None


def _met(condition: Condition, judgement: Judgement) -> bool:
    if condition is Condition.STARTED:
        return judgement.started
    return judgement.healthy if condition is Condition.HEALTHY else judgement.completed
