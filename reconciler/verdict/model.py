"""Verdicts: the state of a service, in one word and a reason."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from math import inf

from reconciler.causes.cause import Cause
from reconciler.causes.facts import NO_FACTS, Facts, Finding
from reconciler.causes.words import say
from reconciler.records import dataclass


class Verdict(StrEnum):
    """Verdict, from best to worst: of several, the last one in this order is the verdict of the whole."""

    COMPLETED = "Completed"
    READY = "Ready"
    WAITING = "Waiting"
    PROGRESSING = "Progressing"
    MISSING = "Missing"
    UNKNOWN = "Unknown"
    ROLLED_BACK = "RolledBack"
    DEGRADED = "Degraded"


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict of the whole: the worst of several, or Ready if there are none."""
    order = list(Verdict)
    return max(verdicts, key=order.index, default=Verdict.READY)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Circumstances that the judge can't see in the Swarm: what is still to be done, and what stands in its way."""

    pending: tuple[str, ...] = ()
    """Field paths that an action of the plan is about to change; ``("create",)`` if the service doesn't exist."""
    restarting: bool = False
    """Whether that action replaces tasks."""
    waits: Finding | None = None
    """Why the action waits: a dependency, consent."""
    lacks: str = ""
    """What has to end by itself before the action, or the engine's answer to a try that is repeated soon."""
    failure: Finding | None = None
    """Why the service can't be written, or why the last try failed while the next one is pending."""
    retry_at: float | None = None
    suspended: str = ""
    """Since when the service is suspended, and by whom; empty if it isn't."""
    rolled_back: str = ""
    """Swarm's reason for rolling back exactly the desired spec; empty if it didn't."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """State of one service. Counts are of slots; ages are in seconds; ``recheck_at`` is by the clock of the
    Snapshot."""

    name: str
    stack: str
    verdict: Verdict
    reason: str
    """The finding in words."""
    desired: int = 0
    running: int = 0
    """Slots with a Running task of the current spec that isn't stale."""
    ready: int = 0
    """Slots whose task is Running for at least ``min_task_age`` and passes the service's probe, if it has one that
    can be tried."""
    passing: int = 0
    """Slots whose task is Running and passes a check: the probe if there is one, else the engine's health check."""
    task_age: float | None = None
    """Age of the youngest task that counts."""
    error: str | None = None
    """Words about the tasks: engine message, exit code, last log lines."""
    suspect: str | None = None
    """Task whose log lines explain ``error``."""
    recheck_at: float | None = None
    """Time when this judgement changes by itself: a task reaches its minimum age, or a deadline passes."""
    has_health_check: bool = False
    """Whether the service has a health check of the engine, or a probe of ours."""
    suspended: bool = False
    outdated: bool = False
    """Whether the running tasks are about to be replaced, or aren't of the desired spec (the service may be
    suspended). Dependents shouldn't start on the strength of such tasks."""
    rolling: bool = False
    """Whether a rollout is under way: Swarm may roll it back until it is over."""
    cause: Cause = Cause.AS_DESIRED
    facts: Facts = NO_FACTS
    since: float | None = None
    """Time when this cause began, by the clock of the Snapshot; None if it began before this process looked."""

    def with_finding(self, verdict: Verdict, cause: Cause, facts: Facts = NO_FACTS) -> Judgement:
        """Return the judgement with this verdict and cause, and with the reason in words."""
        return replace(self, verdict=verdict, cause=cause, facts=facts, reason=say(Finding(cause, facts)))

    @property
    def started(self) -> bool:
        """Say whether ``service_started`` is met: a task of the current spec runs, or the job ended well."""
        return not self.outdated and (self.running > 0 or self.verdict is Verdict.COMPLETED)

    @property
    def healthy(self) -> bool:
        """Say whether ``service_healthy`` is met. With a health check, a Running task is a healthy one: SwarmKit
        holds a task in STARTING until its check passes. A probe of ours has to pass. Without either, the age of
        tasks decides."""
        if self.outdated:
            return False
        if self.verdict in {Verdict.READY, Verdict.COMPLETED}:
            return True
        return self.has_health_check and not self.rolling and self.passing >= self.desired > 0

    @property
    def completed(self) -> bool:
        """Say whether ``service_completed_successfully`` is met."""
        return self.verdict is Verdict.COMPLETED and not self.outdated

    @property
    def settled(self) -> bool:
        """Say whether waiting can't improve the judgement."""
        return self.verdict not in {Verdict.PROGRESSING, Verdict.WAITING, Verdict.MISSING, Verdict.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a judgement holds while nothing that it is about changes."""

    until: float = inf
    """When time alone may change it, by the clock of the Snapshot."""
    looks_at_others: bool = False
    """Whether the judgement also depends on other services."""
