"""Removal of a stack: passes that last until its networks and tasks are really gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from reconciler.apply.walk import Walk
from reconciler.apply.writing import write
from reconciler.errors import Conflict, NotFound, ReconcilerError
from reconciler.loop.converging import GRACE, leave
from reconciler.loop.memory import Wanted
from reconciler.loop.parts import Parts
from reconciler.notes.suspensions import suspensions
from reconciler.observed.model import Snapshot
from reconciler.plan.model import Action, Outcome, Result
from reconciler.plan.own_service import runs_as
from reconciler.plan.stack_removal import Removal, kept, named_by, plan_removal, remains
from reconciler.records import dataclass
from reconciler.status.report import Report
from reconciler.threads import aside
from reconciler.triggers.signals import cancel_on_sigterm


@dataclass(frozen=True, slots=True)
class Down:
    """Result of a removal: what was removed, what is kept on purpose and why, and what is still there."""

    removed: tuple[str, ...]
    kept: dict[str, str]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Order to remove a stack, and then named volumes of this node, within ``timeout`` seconds."""

    stack: str
    volumes: Sequence[str]
    timeout: float


Tell = Callable[[Sequence[Outcome], Sequence[str]], None]
"""Callback that gets, after each round of removals, the outcomes and what is still to be removed."""


async def take_down(parts: Parts, order: Order, tell: Tell) -> Down:
    """Remove what the order names. SIGTERM and Ctrl-C cancel it; then the lease is given up.

    Raises:
        ReconcilerError: another process acts on this Swarm, the stack is suspended, or it contains the service that
            this process runs as.
        EngineError: the engine can't be reached.
    """
    cancel_on_sigterm()
    _refuse_to_end_ourselves(Removal(order.stack, parts.settings.owner), await aside(parts.swarm.observe))
    if not await parts.leadership.inherited():
        who = parts.leadership.standby
        raise ReconcilerError(
            f"{who} acts on this Swarm, and would make the stack again: remove its file from the desired folder, and "
            "that process removes the stack; or stop it first"
        )
    keeping = asyncio.ensure_future(parts.leadership.keep())
    try:
        return await _until_gone(parts, order, tell)
    finally:
        keeping.cancel()
        await leave(parts, GRACE, GRACE)


async def _until_gone(parts: Parts, order: Order, tell: Tell) -> Down:
    leadership, clock = parts.leadership, parts.clocks.steady
    swarm = parts.swarm.fenced(partial(leadership.fence, leadership.term))
    wanted = await aside(parts.read)
    began, done, removed = clock(), list[Outcome](), list[str]()
    deadline = began + order.timeout
    removal = _removal(Removal(order.stack, parts.settings.owner), wanted, await aside(swarm.observe))

    async def remove(action: Action) -> str:
        return await aside(lambda: write(action, swarm, lambda _: None))

    walk = Walk(remove, lambda _: None, parts.memory.backoff, clock, underway=parts.memory.underway)
    while True:
        snapshot = await aside(swarm.observe)
        plan = plan_removal(removal, snapshot)
        outcomes = await walk.through(plan)
        done += outcomes
        removed += [str(outcome.action.key) for outcome in outcomes if outcome.result is Result.CHANGED]
        left = remains(removal, await aside(swarm.observe))
        tell(outcomes, left)
        if not left:
            gone = [await _volume(parts, volume, deadline) for volume in order.volumes]
            removed += [f"volume {volume}" for volume, done in zip(order.volumes, gone, strict=True) if done]
            left = [f"volume {volume}" for volume, done in zip(order.volumes, gone, strict=True) if not done]
        if not left or clock() >= deadline:
            at, took = parts.clocks.on_the_wall(began), clock() - began
            report = Report(0, at, (f"down {order.stack}",), took=took, outcomes=tuple(done))
            parts.history.note(parts.redactor(snapshot).report(report))
            stays = {str(key): why for key, why in kept(removal, snapshot).items()}
            return Down(tuple(removed), stays, tuple(left))
        await asyncio.sleep(parts.settings.poll)


def _removal(bare: Removal, wanted: Wanted, there: Snapshot) -> Removal:
    """Collect what is known of the stack before it goes.

    Raises:
        ReconcilerError: the stack is suspended.
    """
    bare = replace(bare, named=named_by(wanted.stacks, bare.stack))
    _refuse_what_is_suspended(bare, wanted, there)
    dependents = {
        service.name: frozenset(
            other.name for other in wanted.services if service.name in {each.service for each in other.depends_on}
        )
        for service in wanted.services
    }
    return replace(bare, dependents=dependents, ids={name: each.id for name, each in bare.services(there).items()})


def _refuse_to_end_ourselves(removal: Removal, snapshot: Snapshot) -> None:
    """Refuse a removal that would end this process before the rest of the stack is gone.

    Raises:
        ReconcilerError: the stack contains the service that this process runs as.
    """
    own = snapshot.ourselves
    if own in removal.services(snapshot):
        raise ReconcilerError(
            f"service {own} is of the stack {removal.stack}, and {runs_as(own)}; the rest can go then"
        )


def _refuse_what_is_suspended(removal: Removal, wanted: Wanted, snapshot: Snapshot) -> None:
    """Refuse to remove anything that is suspended.

    Raises:
        ReconcilerError: the stack, or a service of it, is suspended.
    """
    held = suspensions(snapshot.configs, removal.owner).and_of(wanted.stacks)
    parts = {f"stack {removal.stack}": (removal.stack, held.of_stack(removal.stack))}
    parts |= {f"service {name}": (name, held.services.get(name)) for name in removal.services(snapshot)}
    for what, (name, why) in parts.items():
        if why:
            end = f"`reconciler resume {name}` ends that" if why.by else "its file says so"
            raise ReconcilerError(f"{what} is {why}, and nothing is removed there: {end}")


async def _volume(parts: Parts, name: str, deadline: float) -> bool:
    """Remove a volume. Return True once it is gone, False if it is still in use at the deadline."""
    while True:
        try:
            await aside(lambda: parts.swarm.remove_volume(name))
        except NotFound:
            return True
        except Conflict:
            if parts.clocks.steady() >= deadline:
                return False
            await asyncio.sleep(parts.settings.poll)
        else:
            return True
