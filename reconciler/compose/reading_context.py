"""What the stacks of one folder are read with, each in its turn."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.compose.budget import SharedBudget
from reconciler.compose.dotenv import Dotenvs
from reconciler.compose.files import Root
from reconciler.desired.model import Options
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What stacks are read with. ``environ`` goes before the ``.env`` beside a file; ``defaults`` are the options of
    services that neither they nor their stack set."""

    root: Root
    environ: Mapping[str, str]
    defaults: Options
    dotenvs: Dotenvs
    pool: SharedBudget
