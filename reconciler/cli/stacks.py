"""The commands about whole stacks that run: taking one down, and writing one as a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler import __version__, labels
from reconciler.cli.setting_up import Options, Output, reconciler_of
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.observed.model import Service, Snapshot
    from reconciler.plan.model import Outcome

PATIENCE = 120.0
"""Seconds that what is removed has to go: tasks are stopped within their grace period."""


def down(options: Options, stack: str, volumes: Sequence[str], *, sure: bool) -> int:
    """0 when all is gone, 1 when something is left after ``PATIENCE`` seconds."""
    import asyncio

    from reconciler.loop.down import take_down
    from reconciler.plan.removal import Removal, remains
    from reconciler.status.outputs import DownOutput

    reconciler = reconciler_of(options)
    going = remains(Removal(stack, options.owner), reconciler.swarm.observe())
    text = options.output is Output.TEXT
    if going and not sure:
        _ask(stack, [*going, *(f"volume {volume}, with its data" for volume in volumes)])

    def tell(outcome: Outcome) -> None:
        if text:
            print(f"{outcome.action.key}: {outcome.detail or 'removed'}", flush=True)

    done = asyncio.run(take_down(reconciler, stack, volumes, PATIENCE, tell))
    if not text:
        said = DownOutput(stack=stack, removed=list(done.removed), kept=done.kept, left=list(done.left))
        print(said.model_dump_json(indent=2))
    else:
        for key, why in done.kept.items():
            print(f"{key}: {why}")
        if not done.removed and not done.left:
            print(f"there is nothing of ours in a stack {stack}")
        for key in done.left:
            print(f"{key}: still there", file=sys.stderr)
    return 1 if done.left else 0


def _ask(stack: str, going: Sequence[str]) -> None:
    """Raises ``UsageError`` where nobody can be asked, or says no."""
    if not sys.stdin.isatty():
        raise UsageError(f"{len(going)} objects of the stack {stack} would be removed: say --yes")
    import typer

    print(f"These would be removed: {', '.join(going)}")
    if not typer.confirm("Remove them?"):
        raise UsageError("nothing was removed")


def write_file(options: Options, stack: str, names: Sequence[str]) -> int:
    """Prints the Compose file of what runs.

    Raises:
        UsageError: neither a stack nor services are named, or there are none of that name.
    """
    from reconciler.compose.emitting import emitted
    from reconciler.compose.raising.file import Raised
    from reconciler.compose.raising.service import add

    reconciler = reconciler_of(options)
    snapshot = reconciler.swarm.observe()
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
