"""Pages of docs/reference/, made from the models that the program itself uses."""

from __future__ import annotations

from collections.abc import Callable

from hack.reference.of_causes import causes
from hack.reference.of_commands import commands
from hack.reference.of_models import outputs, x_reconciler
from hack.reference.of_settings import settings

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "settings.md": settings,
    "x-reconciler.md": x_reconciler,
    "causes.md": causes,
    "json.md": outputs,
}
"""What makes each page, by file name. A new page needs a line here, and one in the ``nav`` of mkdocs.yml."""
