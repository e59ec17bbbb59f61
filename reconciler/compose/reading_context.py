"""Context that the stacks of one folder are read with, one after another."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.compose.budget import SharedBudget
from reconciler.compose.dotenv import Dotenvs
from reconciler.compose.files import Root
from reconciler.desired.model import Options
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """Context that stacks are read with. ``environ`` takes precedence over the ``.env`` beside a file; ``defaults``
    are the options that neither a service nor its stack sets."""

    root: Root
    environ: Mapping[str, str]
    defaults: Options
    dotenvs: Dotenvs
    pool: SharedBudget
