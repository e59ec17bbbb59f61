"""JSON that commands print: a contract, ``format`` 1, published as JSON Schemas. It has no place for secrets."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from reconciler.causes.cause import Cause
from reconciler.plan.model import Effect, Kind, Result, Verb
from reconciler.printable import encodable
from reconciler.settings.choices import Role
from reconciler.verdict.model import Verdict

Source = Literal["loop", "look"]
"""Source of what is printed: the loop that runs here, or the command itself."""


class OutputModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """Return the JSON. Characters that can't be encoded as UTF-8 are escaped."""
        try:
            return super().model_dump_json(indent=indent, **options)
        except ValueError:
            return json.dumps(encodable(self.model_dump(**options)), indent=indent, ensure_ascii=False)


class Remark(OutputModel):
    """Fault or warning. ``line`` and ``column`` count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str
    hint: str


class FieldChange(OutputModel):
    """Change of a field. ``null`` means absent. Hidden values are ``••••`` and a fingerprint, which differs from
    process to process."""

    path: str
    before: Any
    after: Any
    redacted: bool = False
    """Whether any part of a value is hidden."""
    shortened: bool = False
    """Whether a mapping or a list was cut to the beginning of its text."""


class SideEffect(OutputModel):
    """Side effect of an action."""

    effect: Effect
    words: str


class PlannedAction(OutputModel):
    kind: Kind
    name: str
    stack: str
    action: Verb
    reason: str
    restarts_tasks: bool
    changes: list[FieldChange]
    notes: list[str]
    """Choices that aren't in the file, and why."""
    effects: list[SideEffect] = []
    """Runs of jobs, downtime, data that is left behind, and volumes that begin empty."""


class DoneAction(PlannedAction):
    """Action with its result. ``cause`` and ``facts`` say why it failed or waits; they are ``null`` and empty if it
    is done. ``since`` (seconds since the epoch) is when that began; ``null`` if this process didn't see it begin."""

    result: Result
    detail: str
    cause: Cause | None = None
    facts: dict[str, Any] = {}
    since: float | None = None


class Held(OutputModel):
    """Difference that is left alone. ``cause`` is the typed reason (``why`` is the same), ``facts`` is what is known
    about it, and ``reason`` says both in words. ``since`` (seconds since the epoch) is when it began; ``null`` if it
    began before this process looked."""

    kind: Kind
    name: str
    reason: str
    why: Cause
    cause: Cause
    facts: dict[str, Any] = {}
    since: float | None = None
    pending: bool = False
    """Whether it stays until a person acts. The verdict of the whole isn't Ready meanwhile."""


class Summary(OutputModel):
    create: int = 0
    update: int = 0
    adopt: int = 0
    replace: int = 0
    remove: int = 0
    unchanged: int = 0


class ServiceState(OutputModel):
    """State of a service. Counts are of slots; ``task_age_s`` is the age of the youngest task that counts, in
    seconds. ``cause`` is the typed reason, ``facts`` is what is known about it, and ``reason`` says both in words.
    ``since`` (seconds since the epoch) is when this cause began; ``null`` if it began before this process looked."""

    name: str
    stack: str
    verdict: Verdict
    reason: str
    desired: int
    running: int
    ready: int
    task_age_s: float | None
    error: str | None
    suspended: bool
    cause: Cause = Cause.AS_DESIRED
    facts: dict[str, Any] = {}
    since: float | None = None


class Counts(OutputModel):
    """Recap in Ansible's manner: objects, each counted once."""

    ok: int
    changed: int
    failed: int
    waiting: int


class DesiredRevision(OutputModel):
    """Commit that desired state was read at. ``dirty`` says that the work tree's desired folder differs from it.
    ``during`` names the git operation in progress; empty for none."""

    commit: str
    dirty: bool
    during: str


class Missing(OutputModel):
    """Why desired state can't be read at all, and since when (seconds since the epoch). Its last good state is kept."""

    why: str
    since: float


class CauseEntry(OutputModel):
    """Cause: what it means, where to look, and what to do."""

    cause: Cause
    meaning: str
    see: str
    action: str


class CausesOutput(OutputModel):
    """Output of ``explain --cause`` and ``--causes``."""

    format: Literal[1] = 1
    causes: list[CauseEntry]


class ValidateOutput(OutputModel):
    format: Literal[1] = 1
    warnings: list[Remark]
    errors: list[Remark]


class PlanOutput(OutputModel):
    format: Literal[1] = 1
    source: Source = "look"
    """``loop`` if the loop that runs here answered, ``look`` if the command looked for itself."""
    revision: DesiredRevision | None
    """Commit that was read; ``null`` outside of git."""
    actions: list[PlannedAction]
    held: list[Held]
    needs_consent: str
    summary: Summary
    desired_missing: Missing | None = None
    warnings: list[Remark]
    errors: list[Remark]


class Suspended(OutputModel):
    """Suspension at run time, of a service (by Swarm name) or of a whole stack. ``since`` is in seconds since the
    epoch."""

    stack: str | None
    service: str | None
    since: float | None
    by: str
    reason: str


class StatusOutput(OutputModel):
    format: Literal[1] = 1
    source: Source = "look"
    """``loop`` if the loop that runs here answered, ``look`` if the command looked for itself."""
    standby: str = ""
    """Holder of the lease, if the loop that answers stands by."""
    revision: DesiredRevision | None
    """Commit that was read; ``null`` outside of git."""
    verdict: Verdict
    services: list[ServiceState]
    held: list[Held] = []
    needs_consent: str = ""
    suspended: list[Suspended]
    desired_missing: Missing | None = None
    warnings: list[Remark]
    errors: list[Remark]


class PassOutput(OutputModel):
    """One pass of ``run``, one line each; ``at`` in seconds since the epoch, ``took`` in seconds."""

    format: Literal[1] = 1
    id: int
    at: float
    took: float
    wakes: list[str]
    forced: bool
    revision: DesiredRevision | None
    """Commit that was read; ``null`` outside of git."""
    verdict: Verdict
    standby: str
    engine_error: str
    needs_consent: str
    actions: list[DoneAction]
    held: list[Held] = []
    services: list[ServiceState]
    recap: Counts
    desired_missing: Missing | None = None
    warnings: list[Remark]
    errors: list[Remark]


class Failed(OutputModel):
    """Way to ask for a forced pass that didn't work."""

    way: str
    why: str


class ReloadOutput(OutputModel):
    """Result of a reload. ``recap`` covers all passes since everything was last settled."""

    format: Literal[1] = 1
    way: str
    """``control socket``, ``SIGHUP`` or ``trigger file``: the first that worked."""
    failed: list[Failed]
    """Ways that were tried before it."""
    verdict: str
    settled: bool
    recap: Counts
    needs_consent: str
    standby: str
    engine_error: str
    report: PassOutput | None
    """Last pass, as ``run`` prints it, if the loop itself sent it."""


class SuspendOutput(OutputModel):
    """What is suspended at run time now, and whether the command changed that."""

    format: Literal[1] = 1
    changed: bool
    suspended: list[Suspended]


class DownOutput(OutputModel):
    format: Literal[1] = 1
    stack: str
    removed: list[str]
    kept: dict[str, str]
    """Objects that stay on purpose, and why."""
    left: list[str]
    """Objects that were still there when the time was over."""


class ErrorOutput(OutputModel):
    """Output of a command that can't do its work."""

    format: Literal[1] = 1
    error: str


class LogOutput(OutputModel):
    """Line of ``logs``. ``at`` is UTC with nanoseconds. ``slot`` is empty for global services; ``slot`` and ``node``
    are empty for a task that is no longer known."""

    format: Literal[1] = 1
    at: str
    service: str
    stack: str
    slot: str
    node: str
    task: str
    stream: str
    text: str


class EngineVersion(OutputModel):
    host: str
    version: str
    api_version: str


class VersionOutput(OutputModel):
    """Versions; ``engine`` is null if the engine doesn't answer, and ``engine_error`` says why."""

    format: Literal[1] = 1
    version: str
    python: str
    engine: EngineVersion | None
    engine_error: str


class EntrypointOutput(OutputModel):
    """Log line of the supervisor itself, among the lines of the loop (as ``run`` prints them) and of the app (as it
    prints them). ``at`` is in seconds since the epoch; ``fields`` has details such as the pid and the reason."""

    format: Literal[1] = 1
    by: Literal["entrypoint"] = "entrypoint"
    at: float
    message: str
    fields: dict[str, str | int | float]


class TokenEntry(OutputModel):
    """Token: whose it is, and what that person may do."""

    name: str
    role: Role


class TokenOutput(OutputModel):
    """Tokens of a file. ``token`` is the whole new token: it is shown once, and kept nowhere."""

    format: Literal[1] = 1
    tokens: list[TokenEntry]
    token: str | None = None


OUTPUTS: dict[str, type[OutputModel]] = {
    "causes": CausesOutput,
    "validate": ValidateOutput,
    "plan": PlanOutput,
    "status": StatusOutput,
    "apply": PassOutput,
    "run": PassOutput,
    "reload": ReloadOutput,
    "down": DownOutput,
    "suspend": SuspendOutput,
    "resume": SuspendOutput,
    "entrypoint": EntrypointOutput,
    "logs": LogOutput,
    "version": VersionOutput,
    "token": TokenOutput,
    "error": ErrorOutput,
}
