"""``reconciler down``: a stack is removed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.building import reconciler_of
from reconciler.cli.options import CommonOptions, Output
from reconciler.cli.parameters import argument, setting
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.plan.model import Outcome

PATIENCE = 120.0
"""Seconds that what is removed has to go: tasks are stopped within their grace period."""


@dataclass(frozen=True, kw_only=True)
class DownOptions(CommonOptions):
    """What ``down`` takes."""

    stack: Annotated[str, argument(metavar="STACK", help="Which one.")]
    yes: Annotated[bool, setting("--yes", "-y", help="Don't ask.")] = False
    volumes: Annotated[
        list[str] | None, setting("--volumes", metavar="NAME", help="Remove this volume too, with its data.")
    ] = None


def down(options: DownOptions) -> int:
    """Remove a stack, dependents first, and wait until it is gone."""
    import asyncio

    from reconciler.loop.down import take_down
    from reconciler.plan.removal import Removal, remains
    from reconciler.status.outputs import DownOutput

    stack, volumes = options.stack, options.volumes or []
    reconciler = reconciler_of(options)
    going = remains(Removal(stack, options.owner), reconciler.swarm.observe())
    text = options.output is Output.TEXT
    if going and not options.yes:
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
    print(f"These would be removed: {', '.join(going)}")
    if not typer.confirm("Remove them?"):
        raise UsageError("nothing was removed")
