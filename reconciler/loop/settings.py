"""The settings of a loop, with what else its passes are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from reconciler.apply.backoff import Limits
from reconciler.desired.model import Options
from reconciler.records import dataclass
from reconciler.settings import table


@dataclass(frozen=True)
class Settings(table.Settings):
    """``environ`` is what interpolation sees, and where Docker's own variables are read."""

    show_values: bool = False
    """Hide nothing from the terminal of who asks; what is written down stays redacted."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def defaults(self) -> Options:
        """What counts for a service where neither it nor its stack says otherwise."""
        return Options(
            min_task_age=self.min_task_age,
            ready_timeout=self.ready_timeout,
            progress_deadline=self.progress_deadline,
            track_interval=self.track_interval,
        )

    @property
    def backoff(self) -> Limits:
        """How long an object whose write failed is left alone."""
        return Limits(self.backoff_first, self.backoff_cap, self.backoff_retries)

    @property
    def trigger_file(self) -> Path:
        """The file whose touch forces a pass."""
        return self.trigger or self.desired.absolute().parent / ".reload-trigger"
