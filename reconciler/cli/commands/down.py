"""``reconciler down``: removal of a stack."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from reconciler import labels
from reconciler.cli.from_options import parts_of
from reconciler.cli.interrupted import tell_stopped
from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import argument, option, switch
from reconciler.cli.waiting import Sayings, few
from reconciler.durations import short
from reconciler.errors import UsageError
from reconciler.exit_codes import DONE, FAILED, INTERRUPTED, TERMINATED
from reconciler.records import dataclass
from reconciler.settings.choices import Output
from reconciler.settings.kinds import Several, Time

if TYPE_CHECKING:
    from reconciler.loop.down import Down
    from reconciler.loop.parts import Parts
    from reconciler.observed.model import Snapshot
    from reconciler.plan.model import Outcome


@dataclass(frozen=True, kw_only=True)
class DownOptions(CommonOptions):
    """Options of ``down``."""

    stack: str = argument("STACK", help="Which one.")
    yes: bool = switch("--yes", "-y", help="Don't ask.")
    volumes: tuple[str, ...] = option((), Several("NAME"), help="Remove this volume too, with its data.")
    timeout: float = option(120.0, Time(), help="How long to wait until it is gone.")
    """Default that leaves tasks time to stop within their grace period."""


def down(options: DownOptions) -> int:
    """Remove a stack, dependents first, and wait until it is gone."""
    import asyncio

    from reconciler.loop.down import Order, take_down

    parts = parts_of(options)
    volumes = list(options.volumes)
    going = _going(options, parts)
    if going and not options.yes:
        _ask(options.stack, [*going, *(f"volume {volume}, with its data" for volume in volumes)])
    progress = _Progress(silent=options.output is Output.JSON)
    order = Order(options.stack, volumes, options.timeout)
    try:
        done = asyncio.run(take_down(parts, order, progress.show))
    except (KeyboardInterrupt, asyncio.CancelledError) as error:
        code = INTERRUPTED if isinstance(error, KeyboardInterrupt) else TERMINATED
        left = going if progress.left is None else progress.left
        return tell_stopped(code, left, f"`reconciler down {options.stack} --yes` does the rest")
    _print(options, done)
    return FAILED if done.left else DONE


def _going(options: DownOptions, parts: Parts) -> list[str]:
    """Return the objects of ours that will be removed.

    Raises:
        UsageError: there is no such stack; the message lists our stacks.
    """
    from reconciler.plan.draft import stack_of
    from reconciler.plan.ownership import objects, owner_of
    from reconciler.plan.stack_removal import Removal, named_by, remains
    from reconciler.status.service_names import stack_named

    snapshot, wanted = parts.swarm.observe(), parts.read()
    going = remains(Removal(options.stack, options.owner, named=named_by(wanted.stacks, options.stack)), snapshot)
    if not going:
        found = [(stack_of(each.spec), owner_of(key, each.spec)) for key, each in objects(snapshot)]
        owners = {owner for stack, owner in found if stack == options.stack}
        if owners and not owners & {"", options.owner}:
            theirs = " and ".join(sorted(owners))
            raise UsageError(f"stack {options.stack} belongs to the owner {theirs}: nothing of it is ours to remove")
        if owners or _has_volumes(options.stack, snapshot):
            return going  # the command then reports what stays, and why
        ours = {stack for stack, owner in found if owner == options.owner}
        stack_named(options.stack, {*ours, *(stack.name for stack in wanted.stacks)} - {""})
    return going


def _has_volumes(stack: str, snapshot: Snapshot) -> bool:
    return any(labels.of(each.spec, labels.STACK) == stack for each in snapshot.volumes.values())


class _Progress:
    """Prints each removed object on standard error, and every 15 s what is still there."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._sayings = Sayings()
        self.left: Sequence[str] | None = None

    def show(self, outcomes: Sequence[Outcome], left: Sequence[str]) -> None:
        self.left = left
        for outcome in outcomes:
            said = f"{outcome.action.key}: {outcome.detail or 'removed'}"
            if self._sayings.is_news(str(outcome.action.key), said) and not self._silent:
                print(said, file=sys.stderr, flush=True)
        if left and self._sayings.quiet() and not self._silent:
            print(f"still there: {', '.join(few(left))}", file=sys.stderr, flush=True)


def _print(options: DownOptions, done: Down) -> None:
    from reconciler.status.outputs import DownOutput

    if options.output is Output.JSON:
        said = DownOutput(stack=options.stack, removed=list(done.removed), kept=done.kept, left=list(done.left))
        print(said.model_dump_json(indent=2))
        return
    for key, why in done.kept.items():
        print(f"{key}: {why}")
    for key in done.left:
        print(f"{key}: still there after {short(options.timeout)}")
    if done.left:
        print(f"stack {options.stack}: {len(done.removed)} objects removed, {len(done.left)} are still there")
    elif done.removed:
        print(f"stack {options.stack} is gone: {len(done.removed)} objects removed")
    else:
        print(f"there is nothing of ours in a stack {options.stack}")


def _ask(stack: str, going: Sequence[str]) -> None:
    """Ask the user to confirm.

    Raises:
        UsageError: there is no terminal to ask at, or the user says no.
    """
    if not sys.stdin.isatty():
        raise UsageError(f"{len(going)} objects of the stack {stack} would be removed: say --yes")
    print(f"These would be removed: {', '.join(going)}")
    if not typer.confirm("Remove them?"):
        raise UsageError("nothing was removed")
