"""All that can be told of one service, as ``explain`` prints it."""

from __future__ import annotations

from typing import Any, Literal

from reconciler.status.history import HistoryEntry
from reconciler.status.outputs import DesiredRevision, OutputModel, Remark, ServiceState, Source, Suspended
from reconciler.verdict.model import Verdict


class DependencyState(OutputModel):
    """An edge of the start-up graph; ``verdict`` is null for a service that isn't desired."""

    service: str
    condition: str
    met: bool
    verdict: Verdict | None
    reason: str


class DesiredService(OutputModel):
    """``fields`` by their Compose paths, and ``options`` of ``x-reconciler``, as far as they aren't the defaults."""

    file: str
    line: int
    fields: dict[str, Any]
    options: dict[str, Any]
    notes: list[str]
    """What was chosen and isn't in the file, and why."""


class Rollout(OutputModel):
    """``UpdateStatus``, as Swarm keeps it; times in seconds since the epoch."""

    state: str
    message: str
    started_at: float | None
    completed_at: float | None


class ObservedService(OutputModel):
    """Times in seconds since the epoch. ``digest`` is empty where the image runs by its tag."""

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
    """A field that differs. ``before`` is what runs, ``after`` what is desired; null means absent."""

    path: str
    before: Any
    after: Any
    standing: Literal["pending", "held", "ignored"]
    why: str


class TaskLine(OutputModel):
    """``place`` is the slot, or the node of a service that has one task on each. ``since_s``: seconds that it has been
    in this state. ``current``: made from the spec that the service has now."""

    place: str
    node: str
    id: str
    state: str
    stopping: bool
    """It lives, and Swarm wants it gone."""
    since_s: float
    exit_code: int | None
    error: str
    current: bool
    image: str
    """Without its digest."""


class TaskLog(OutputModel):
    """The last lines of one task, by its id."""

    task: str
    lines: list[str]


class CheckOutput(OutputModel):
    """What the health check of a task said last, on this engine's node."""

    task: str
    exit_code: int
    output: str


class ExplainOutput(OutputModel):
    """``at`` in seconds since the epoch."""

    format: Literal[1] = 1
    source: Source = "look"
    at: float
    name: str
    stack: str
    state: ServiceState | None
    """Null for a service that no file desires."""
    what_to_do: list[str]
    next: list[str]
    """What happens next by itself, and when."""
    suspended: Suspended | None
    """At run time; a file's `suspend` is among the options."""
    revision: DesiredRevision | None
    desired: DesiredService | None
    depends_on: list[DependencyState]
    dependents: list[DependencyState]
    """Those that depend on it; ``met`` is whether it has come as far as they need."""
    observed: ObservedService | None
    differences: list[Difference]
    tasks: list[TaskLine]
    """By place, newest first."""
    check: CheckOutput | None = None
    """The last failure of the health check, where the task's container is on this engine."""
    log: TaskLog | None
    """The last lines of the task that failed last."""
    history: list[HistoryEntry]
    """The last entries about it, oldest first."""
    warnings: list[Remark]
    errors: list[Remark]
