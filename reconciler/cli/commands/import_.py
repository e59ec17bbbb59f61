"""``reconciler import``: the Compose file of what runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from reconciler import __version__, labels
from reconciler.cli.from_options import check_folder, swarm_of
from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import TEXT, argument, option
from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.settings.kinds import Several

if TYPE_CHECKING:
    from reconciler.observed.model import Service, Snapshot


@dataclass(frozen=True, kw_only=True)
class ImportOptions(CommonOptions):
    """Options of ``import``; it reads no files, and prints a Compose file."""

    HIDDEN: ClassVar[frozenset[str]] = CommonOptions.HIDDEN | {"desired", "output"}

    services: tuple[str, ...] = argument("SERVICE...", help="Services, by Swarm name.", kind=Several(), default=())
    stack: str = option("", TEXT, help="All services of a stack.", metavar="NAME")


def import_(options: ImportOptions) -> int:
    """Write the Compose file of what runs.

    Raises:
        UsageError: neither a stack nor services are named, or there are none of that name.
    """
    from reconciler.compose.raising.file import Raised
    from reconciler.compose.raising.service import add
    from reconciler.compose.yaml_text import emitted

    stack, names = options.stack, options.services
    settings = options.settings()
    check_folder(settings.desired, needed=options.NEEDS_FOLDER)
    snapshot = swarm_of(settings).observe()
    services = _chosen(stack, names, snapshot)
    found = {labels.of(service.spec, labels.STACK) for service in services}
    name = stack or (found.pop() if len(found) == 1 else "") or "imported"
    raised = Raised(name, snapshot.networks, snapshot.configs)
    for service in services:
        add(service, raised)
    if stack:
        raised.add_unused(snapshot.secrets)
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    title = (
        f"What runs as of {moment}, written by reconciler {__version__}. A plan of this file adopts it as it is, and\n"
        "restarts nothing; what isn't here has its default."
    )
    sys.stdout.write(emitted({"name": name, **raised.data}, raised.notes, title))
    return 0


def _chosen(stack: str, names: Sequence[str], snapshot: Snapshot) -> list[Service]:
    if bool(stack) == bool(names):
        raise UsageError("name a stack (--stack NAME), or services")
    if stack:
        chosen = [service for service in snapshot.services.values() if labels.of(service.spec, labels.STACK) == stack]
        if not chosen:
            raise UsageError(f"there is no service of a stack {stack}; `docker stack ls` shows the stacks there are")
        return chosen
    missing = [name for name in names if name not in snapshot.services]
    if missing:
        raise UsageError(f"there is no service {', '.join(missing)}; `docker service ls` shows those there are")
    return [snapshot.services[name] for name in names]
