"""Settings of a loop, with what else its passes are given."""

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
    """Settings of a loop. ``environ`` is what interpolation sees, and where Docker's own variables are read."""

    show_values: bool = False
    """Show all values in the terminal of the user who asks; what is written down stays redacted."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def defaults(self) -> Options:
        """Return the defaults for services that set no value, in a stack that sets none either."""
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
        """Return the file whose touch forces a pass."""
        return self.trigger or self.desired.absolute().parent / ".reload-trigger"
