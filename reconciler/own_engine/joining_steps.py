"""The next step for an engine to manage a Swarm, decided by what the engine says of itself. Pure."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from ipaddress import ip_address

from reconciler.own_engine.addresses import meant
from reconciler.records import dataclass
from reconciler.swarm import Addresses, Invitation, Member, MembershipState

PORT_TAKEN = "address already in use"


class JoiningStep(StrEnum):
    """The next step."""

    NOTHING = "nothing"
    INIT = "init"
    JOIN = "join"
    WAIT = "wait"
    END = "end"


@dataclass(frozen=True, slots=True)
class WantedPlace:
    """The place that was asked for. ``own``: the engine is ours, in our own network namespace. ``wait_as_worker``: wait
    for a worker's promotion."""

    addresses: Addresses = field(default_factory=Addresses)
    invitation: Invitation | None = None
    own: bool = False
    wait_as_worker: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    step: JoiningStep
    why: str = ""


def decide(member: Member, wanted: WantedPlace, here: tuple[str, ...] = ()) -> Decision:
    """Decide the next step. ``here`` are the addresses of our own engine's network; empty for another engine."""
    match member.state:
        case MembershipState.INACTIVE:
            return Decision(JoiningStep.JOIN if wanted.invitation else JoiningStep.INIT)
        case MembershipState.PENDING:
            said = f"; the engine says: {member.error}" if member.error else ""
            return Decision(JoiningStep.WAIT, f"{member.name} is joining a Swarm; no manager has accepted it yet{said}")
        case MembershipState.LOCKED:
            return Decision(JoiningStep.WAIT, f"the Swarm of {member.name} is locked: run `docker swarm unlock` there")
        case MembershipState.ERROR:
            return Decision(JoiningStep.WAIT, _in_error(member))
        case MembershipState.ACTIVE:
            return _as_manager(member, wanted, here) if member.manages else _as_worker(member, wanted)


def _as_worker(member: Member, wanted: WantedPlace) -> Decision:
    why = f"{member.name} is a worker, and only a manager can be asked: run `docker node promote {member.name}` "
    step = JoiningStep.WAIT if wanted.wait_as_worker else JoiningStep.END
    return Decision(step, f"{why}on a manager, or point DOCKER_HOST to one")


def _as_manager(member: Member, wanted: WantedPlace, here: tuple[str, ...]) -> Decision:
    """Decide for a manager. (A Swarm's only manager gets its new address before it starts: ``manager_address``.)"""
    if wanted.invitation and not _is_of(wanted.invitation, member):
        there = ", ".join(wanted.invitation.managers)
        words = (
            f"{member.name} is in a Swarm already, and {there} is none of its managers: --join is for an engine that "
        )
        return Decision(
            JoiningStep.NOTHING, f"{words}is in none. `docker swarm leave` there makes it one, if that is meant"
        )
    known = wanted.own and member.managers and member.address  # an engine that has just started knows none
    moved = known and here and not _is_reached(member.address, wanted, here)
    words = f"the other managers know {member.name} as {member.address}, and now it is {', '.join(here)}: give this "
    return Decision(JoiningStep.NOTHING, f"{words}container a fixed address, or --advertise-addr" if moved else "")


def _is_of(invitation: Invitation, member: Member) -> bool:
    """Whether the invitation is, or may be, to this very Swarm: names of hosts prove nothing."""
    known = {meant(each, ()) for each in (member.address, *member.managers) if each}
    invited = {meant(each, ()) for each in invitation.managers}
    return not known or "" in invited or bool(known & invited)


def _is_reached(address: str, wanted: WantedPlace, here: tuple[str, ...]) -> bool:
    return address in here or address == meant(wanted.addresses.advertise, ()) or ip_address(address).is_loopback


def _in_error(member: Member) -> str:
    said = member.error.strip().rstrip(".") or "nothing"
    advice = "Look at the engine's log; `docker swarm leave --force` there gives this Swarm up for good"
    if PORT_TAKEN in said:
        advice = "Stop what uses the port; most likely it is another Swarm in the same network"
    return f"{member.name} is in a Swarm that doesn't work; it says: {said}. {advice}"
