"""Work of ``reconciler healthcheck``, apart from its options: it loads in a third of the time that those need."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from reconciler.control.health import Health, health
from reconciler.control.state import Place
from reconciler.errors import UsageError


def report_health(owner: str, config: Path | None = None) -> int:
    """Print one line on the loop of ``owner`` that runs here, and return the exit code of an image's health check.

    ``config`` is the settings file that may have named the owner. The loop keeps the owner that it was started with,
    even if the file has changed since.
    """
    try:
        place = Place.of(os.environ, owner)
        found = health(_started(place) if config else place)
    except UsageError as error:
        found = Health(False, str(error))
    print(found.words if found.good else f"unhealthy: {found.words}")
    return 0 if found.good else 1


def _started(place: Place) -> Place:
    """Return the place; if no loop of the owner runs here, return that of the only loop that does."""
    if place.state.exists():
        return place
    others = [each.stem for each in place.folder.glob("*.json")]
    return Place(place.folder, others[0]) if len(others) == 1 else place


def owner_of(environ: Mapping[str, str]) -> tuple[str, Path | None]:
    """Return the owner that the environment or else its settings file names, and that file. Faults of the file don't
    matter here: a running loop uses its last good settings."""
    if owner := environ.get("RECONCILER_OWNER"):
        return owner, None
    if not (named := environ.get("RECONCILER_CONFIG")):
        return "reconciler", None
    from reconciler.settings.file import read

    said = read(Path(named)).said.get("owner")
    return (said.value if said else "reconciler"), Path(named)
