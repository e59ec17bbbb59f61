"""Verdicts: how a service is, in one word and a reason."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from math import inf

from reconciler.causes.cause import Cause
from reconciler.causes.facts import NO_FACTS, Facts, Finding
from reconciler.causes.words import say
from reconciler.records import dataclass


class Verdict(StrEnum):
    """From best to worst: of several, the last one in this order is the verdict of the whole."""

    COMPLETED = "Completed"
    READY = "Ready"
    WAITING = "Waiting"
    PROGRESSING = "Progressing"
    MISSING = "Missing"
    UNKNOWN = "Unknown"
    ROLLED_BACK = "RolledBack"
    DEGRADED = "Degraded"


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict of the whole: of several the last in order, and of none Ready."""
    order = list(Verdict)
    return max(verdicts, key=order.index, default=Verdict.READY)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the judge can't see in the Swarm: what is still to be done, and what stands in its way."""

    pending: tuple[str, ...] = ()
    """Field paths that an action of the plan is about to change (``("create",)`` where the service isn't there)."""
    restarting: bool = False
    """Whether that takes new tasks."""
    waits: Finding | None = None
    """What holds the action back: a dependency, consent."""
    lacks: str = ""
    """What has to go before that by itself, or what the engine said to a try that is repeated soon, in words."""
    failure: Finding | None = None
    """Why it can't be written, or what came of the last try, while its next try is to come."""
    retry_at: float | None = None
    suspended: str = ""
    """Since when nothing is written here, and by whom, in words."""
    rolled_back: str = ""
    """Swarm's words, where it rolled back the very spec that is desired."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one service is. Counts are of slots; ages in seconds; ``recheck_at`` by the clock of the Snapshot."""

    name: str
    stack: str
    verdict: Verdict
    reason: str
    """The finding in words."""
    desired: int = 0
    running: int = 0
    """Slots with a Running task of the current spec that isn't stale."""
    ready: int = 0
    """Running, for ``min_task_age`` at least, and past the service's probe where it has one that can be tried."""
    passing: int = 0
    """Running, and vouched for by a check: by the engine's, or by the probe where there is one."""
    task_age: float | None = None
    """Age of the youngest task that counts."""
    error: str | None = None
    """The tasks' own words: engine message, exit code, last log lines."""
    suspect: str | None = None
    """The task whose log lines tell more about ``error``."""
    recheck_at: float | None = None
    """When this judgement will change by itself (a task coming of age, a deadline)."""
    has_health_check: bool = False
    """The engine's own, or a probe of ours."""
    suspended: bool = False
    outdated: bool = False
    """The tasks that run are about to be replaced, or are not of the desired spec (it may be suspended): nothing that
    depends on them should start by them."""
    rolling: bool = False
    """A rollout is under way: Swarm may take it back until it is over."""
    cause: Cause = Cause.AS_DESIRED
    facts: Facts = NO_FACTS
    since: float | None = None
    """When this cause began, by the clock of the Snapshot; None where that was before this process looked."""

    def with_finding(self, verdict: Verdict, cause: Cause, facts: Facts = NO_FACTS) -> Judgement:
        """Return the judgement with this verdict, for that cause, in words too."""
        return replace(self, verdict=verdict, cause=cause, facts=facts, reason=say(Finding(cause, facts)))

    @property
    def started(self) -> bool:
        """``service_started``: some task of the current spec runs, or the job ended well."""
        return not self.outdated and (self.running > 0 or self.verdict is Verdict.COMPLETED)

    @property
    def healthy(self) -> bool:
        """``service_healthy``: where there is a health check, a Running task is a healthy one (SwarmKit holds a
        task in STARTING until its check passes); a probe of ours has to pass; without either only age can tell."""
        if self.outdated:
            return False
        if self.verdict in {Verdict.READY, Verdict.COMPLETED}:
            return True
        return self.has_health_check and not self.rolling and self.passing >= self.desired > 0

    @property
    def completed(self) -> bool:
        """``service_completed_successfully``."""
        return self.verdict is Verdict.COMPLETED and not self.outdated

    @property
    def settled(self) -> bool:
        """Nothing will change for the better by waiting."""
        return self.verdict not in {Verdict.PROGRESSING, Verdict.WAITING, Verdict.MISSING, Verdict.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a judgement holds while nothing moves of what it is about."""

    until: float = inf
    """When time alone may change it, by the clock of the Snapshot."""
    looks_at_others: bool = False
    """What is said depends on other services as well."""
