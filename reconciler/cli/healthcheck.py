"""What ``reconciler healthcheck`` does, apart from its options: it loads in a third of the time that those need."""

from __future__ import annotations

import os

from reconciler.control.health import Health, health
from reconciler.control.state import Place
from reconciler.errors import UsageError


def report_health(owner: str) -> int:
    """Print one line on the loop of ``owner`` that runs here, and return the exit code of an image's health check."""
    try:
        found = health(Place.of(os.environ, owner))
    except UsageError as error:
        found = Health(False, str(error))
    print(found.words if found.good else f"unhealthy: {found.words}")
    return 0 if found.good else 1
