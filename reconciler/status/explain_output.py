"""Explanation of one service, as ``explain`` prints it."""

from __future__ import annotations

from typing import Any, Literal

from reconciler.status.history import HistoryEntry
from reconciler.status.outputs import DesiredRevision, OutputModel, Remark, ServiceState, Source, Suspended
from reconciler.verdict.model import Verdict


class DependencyState(OutputModel):
    """Dependency between two services; ``verdict`` is null for a service that isn't desired."""

    service: str
    condition: str
    met: bool
    verdict: Verdict | None
    reason: str


class DesiredService(OutputModel):
    """Desired service: ``fields`` by their Compose paths, and ``options`` of ``x-reconciler``, without defaults."""

    file: str
    line: int
    fields: dict[str, Any]
    options: dict[str, Any]
    notes: list[str]
    """Choices that aren't in the file, and why."""


class Rollout(OutputModel):
    """Rollout as Swarm's ``UpdateStatus`` describes it; times in seconds since the epoch."""

    state: str
    message: str
    started_at: float | None
    completed_at: float | None


class ObservedService(OutputModel):
    """Observed service; times in seconds since the epoch. ``digest`` is empty if the image runs by its tag."""

    id: str
    version: int
    owner: str
    image: str
    digest: str
    mode: str
    created_at: float
    updated_at: float
    rollout: Rollout | None


class Difference(OutputModel):
    """Field that differs. ``before`` is what runs, ``after`` what is desired; null means absent."""

    path: str
    before: Any
    after: Any
    standing: Literal["pending", "held", "ignored"]
    why: str


class TaskLine(OutputModel):
    """One task. ``place`` is the slot, or the node for a service that has one task on each node. ``since_s`` is the
    time in this state, in seconds. ``current`` says that it was made from the spec that the service has now."""

    place: str
    node: str
    id: str
    state: str
    stopping: bool
    """Whether it still lives, but Swarm wants it stopped."""
    since_s: float
    exit_code: int | None
    error: str
    current: bool
    image: str
    """Image without its digest."""


class TaskLog(OutputModel):
    """Last log lines of one task; the task is named by its id."""

    task: str
    lines: list[str]


class CheckOutput(OutputModel):
    """Last result of a task's health check, on this engine's node."""

    task: str
    exit_code: int
    output: str


class ExplainOutput(OutputModel):
    """Explanation of one service; ``at`` in seconds since the epoch."""

    format: Literal[1] = 1
    source: Source = "look"
    at: float
    name: str
    stack: str
    state: ServiceState | None
    """State of the service; null for a service that no file desires."""
    what_to_do: list[str]
    next: list[str]
    """What happens next by itself, and when."""
    suspended: Suspended | None
    """Suspension at run time; a `suspend` in a file is among the options."""
    revision: DesiredRevision | None
    desired: DesiredService | None
    depends_on: list[DependencyState]
    dependents: list[DependencyState]
    """Services that depend on this one; ``met`` says whether it is in the condition that they need."""
    observed: ObservedService | None
    differences: list[Difference]
    tasks: list[TaskLine]
    """Tasks by place, newest first."""
    check: CheckOutput | None = None
    """Last failure of the health check, if the task's container is on this engine."""
    log: TaskLog | None
    """Last log lines of the task that failed last."""
    history: list[HistoryEntry]
    """Last history entries about the service, oldest first."""
    warnings: list[Remark]
    errors: list[Remark]
