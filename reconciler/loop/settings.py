"""The settings of the loop. Every number of the design's rules is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from reconciler.desired.model import Options
from reconciler.records import dataclass
from reconciler.redaction import Redact


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds. ``environ`` is what interpolation sees, and where Docker's own variables are read."""

    desired: Path
    host: str | None = None
    owner: str = "reconciler"
    trigger: Path | None = None
    """The file whose touch forces a pass; ``.reload-trigger`` beside the desired folder where None."""
    interval: float = 60.0
    """The longest time between two passes."""
    pass_timeout: float = 60.0
    """The longest time that a pass may take; what isn't done by then is left to the next one."""
    parallel: int = 8
    removal_delay: float = 2.0
    """How long the files have to be unchanged before something is removed: one may be half written."""
    allow_prune_all: bool = False
    defaults: Options = field(default_factory=Options)
    """What counts for a service where neither it nor its stack says otherwise."""
    committed: bool = False
    """Only what HEAD holds counts."""
    redact: Redact = Redact.ENV
    """Which values are hidden in every output and in what is written down."""
    show_values: bool = False
    """Hide nothing from the terminal of who asks; what is written down stays redacted."""
    allow_paths: tuple[Path, ...] = ()
    """Folders outside the desired one whose files may be named (rule 4)."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def trigger_file(self) -> Path:
        return self.trigger or self.desired.absolute().parent / ".reload-trigger"
