"""Whether what a service depends on has come as far as it has to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.desired.model import Condition, Dependency
from reconciler.verdict.model import Judgement


def unmet(dependencies: Iterable[Dependency], judged: Mapping[str, Judgement]) -> str:
    """The first dependency that isn't met, in words; empty when all are."""
    for dependency in dependencies:
        judgement = judged.get(dependency.service)
        if judgement is None:
            if dependency.required:
                return f"{dependency.service} ({dependency.condition}): no such service is desired"
        elif not _met(dependency.condition, judgement):
            return f"{dependency.service} ({dependency.condition}): {judgement.verdict}, {judgement.reason}"
    return ""


def _met(condition: Condition, judgement: Judgement) -> bool:
    if condition is Condition.STARTED:
        return judgement.started
    return judgement.healthy if condition is Condition.HEALTHY else judgement.completed
