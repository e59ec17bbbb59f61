"""The options that commands share, as frozen dataclasses: each field is one option of the command line."""

from __future__ import annotations

import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from reconciler.cli.parameters import setting, time_option
from reconciler.records import dataclass
from reconciler.redaction import Redact

if TYPE_CHECKING:
    from reconciler.loop.settings import Settings


class Output(StrEnum):
    """How a command prints."""

    TEXT = "text"
    JSON = "json"


Desired = Annotated[
    Path, setting("--desired", "-d", envvar="RECONCILER_DESIRED", metavar="DIR", help="Folder of Compose files.")
]
Host = Annotated[
    str | None,
    setting("--host", "-H", envvar="RECONCILER_HOST", metavar="URL", help="Engine. [DOCKER_HOST, context, socket]"),
]
Form = Annotated[Output, setting("--output", "-o", envvar="RECONCILER_OUTPUT", help="How to print.")]
Owner = Annotated[str, setting(envvar="RECONCILER_OWNER", metavar="NAME", help="Label of what is managed.")]
PassTimeout = Annotated[
    float, time_option(envvar="RECONCILER_PASS_TIMEOUT", least=1, help="Longest time of a pass. [1m]")
]
PruneAll = Annotated[
    bool, setting("--allow-prune-all", envvar="RECONCILER_ALLOW_PRUNE_ALL", help="Remove even most or all.")
]
Committed = Annotated[
    bool, setting("--committed", envvar="RECONCILER_COMMITTED", help="Only what HEAD holds of DIR counts.")
]
Redacted = Annotated[
    Redact, setting("--redact", envvar="RECONCILER_REDACT", metavar="none|env|all", help="Which values to hide.")
]
RemovalDelay = Annotated[
    float,
    time_option(envvar="RECONCILER_REMOVAL_DELAY", help="Remove nothing until files are unchanged so long. [2s]"),
]
ShowValues = Annotated[bool, setting("--show-values", help="Show hidden values on this terminal.")]
Everything = Annotated[bool, setting("--all", help="Show every service, also those that are well.")]
AllowPath = Annotated[
    list[Path] | None,
    setting(
        "--allow-path",
        envvar="RECONCILER_ALLOW_PATHS",
        metavar="DIR",
        help="Files may be named from there, too.",
    ),
]
Trigger = Annotated[
    Path | None,
    setting(envvar="RECONCILER_TRIGGER", metavar="FILE", help="Touch it to force a pass. [.reload-trigger beside DIR]"),
]


@dataclass(frozen=True, kw_only=True)
class CommonOptions:
    """What every command takes, before or after its name. ``HIDDEN`` names what its help doesn't show."""

    HIDDEN: ClassVar[frozenset[str]] = frozenset({"owner", "pass_timeout", "redact", "allow_path"})
    NEEDS_FOLDER: ClassVar[bool] = False
    """Whether the command makes no sense where the desired folder doesn't exist."""

    desired: Desired = Path("desired")
    host: Host = None
    output: Form = Output.TEXT
    owner: Owner = "reconciler"
    pass_timeout: PassTimeout = 60.0
    redact: Redacted = Redact.ENV
    allow_path: AllowPath = None

    @property
    def allowed(self) -> tuple[Path, ...]:
        """Folders outside the desired one whose files may be named."""
        return tuple(self.allow_path or ())

    def settings(self) -> Settings:
        """Return the settings of a loop, or of its passes."""
        from reconciler.loop.settings import Settings

        return Settings(
            desired=self.desired,
            host=self.host,
            owner=self.owner,
            pass_timeout=self.pass_timeout,
            redact=self.redact,
            allow_paths=self.allowed,
            environ=dict(os.environ),
        )


@dataclass(frozen=True, kw_only=True)
class JudgingOptions(CommonOptions):
    """What commands take that compare the files with the Swarm, and judge its services."""

    NEEDS_FOLDER: ClassVar[bool] = True

    committed: Committed = False
    min_task_age: Annotated[
        float | None,
        time_option(envvar="RECONCILER_MIN_TASK_AGE", help="How long a task runs before it is Ready. [5s]"),
    ] = None
    ready_timeout: Annotated[
        float | None,
        time_option(envvar="RECONCILER_READY_TIMEOUT", help="How long a slot may lack a Running task. [5m]"),
    ] = None
    progress_deadline: Annotated[
        float | None,
        time_option(envvar="RECONCILER_PROGRESS_DEADLINE", help="How long a rollout may make no step. [10m]"),
    ] = None

    def settings(self) -> Settings:
        from reconciler.desired.model import Options

        usual = Options()
        defaults = replace(
            usual,
            min_task_age=_given(self.min_task_age, usual.min_task_age),
            ready_timeout=_given(self.ready_timeout, usual.ready_timeout),
            progress_deadline=_given(self.progress_deadline, usual.progress_deadline),
        )
        return replace(super().settings(), committed=self.committed, defaults=defaults)


@dataclass(frozen=True, kw_only=True)
class PlanningOptions(JudgingOptions):
    """What commands take that may plan removals."""

    allow_prune_all: PruneAll = False

    def settings(self) -> Settings:
        return replace(super().settings(), allow_prune_all=self.allow_prune_all)


def _given(said: float | None, usual: float) -> float:
    return usual if said is None else said
