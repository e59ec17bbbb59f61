"""``reconciler healthcheck``: whether the loop that runs here is alive."""

from __future__ import annotations

from typing import ClassVar

from reconciler.cli.healthcheck import report_health
from reconciler.cli.options import CommonOptions
from reconciler.settings.layers import Origin
from reconciler.settings.table import EVERYWHERE


class HealthcheckOptions(CommonOptions):
    """Options of ``healthcheck``."""

    LENIENT: ClassVar[bool] = True
    HIDDEN: ClassVar[frozenset[str]] = frozenset(each.attribute for each in EVERYWHERE) - {"owner"}


def healthcheck(options: HealthcheckOptions) -> int:
    """Say whether the loop that runs here is alive, for health checks."""
    said = options.effective.source("owner").origin
    return report_health(options.owner, None if said is Origin.OPTION else options.layers.config)
