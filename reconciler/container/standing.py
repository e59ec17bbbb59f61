"""What has to be done for an engine to manage a Swarm, decided out of what it says of itself: pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address

from reconciler.swarm import Addresses, Invitation, Member, State

PORT_TAKEN = "address already in use"


class Step(StrEnum):
    """What is next."""

    NOTHING = "nothing"
    INIT = "init"
    JOIN = "join"
    RENEW = "renew"
    WAIT = "wait"
    END = "end"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``own``: the engine is ours, in our own network namespace; ``wait_as_worker``: a node may be promoted later."""

    addresses: Addresses = field(default_factory=Addresses)
    invitation: Invitation | None = None
    own: bool = False
    wait_as_worker: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    step: Step
    why: str = ""


def decide(member: Member, wanted: Wanted, here: tuple[str, ...] = ()) -> Decision:
    """``here`` are the addresses of our own engine's network, nothing for another engine's."""
    match member.state:
        case State.INACTIVE:
            return Decision(Step.JOIN if wanted.invitation else Step.INIT)
        case State.PENDING:
            said = f"; the engine says: {member.error}" if member.error else ""
            return Decision(Step.WAIT, f"{member.name} is joining a Swarm, and no manager has taken it in yet{said}")
        case State.LOCKED:
            return Decision(Step.WAIT, f"the Swarm of {member.name} is locked: run `docker swarm unlock` there")
        case State.ERROR:
            return Decision(Step.WAIT, _in_error(member))
        case State.ACTIVE:
            return _as_manager(member, wanted, here) if member.manages else _as_worker(member, wanted)


def _as_worker(member: Member, wanted: Wanted) -> Decision:
    why = f"{member.name} is a worker, and only a manager can be asked: run `docker node promote {member.name}` "
    step = Step.WAIT if wanted.wait_as_worker else Step.END
    return Decision(step, f"{why}on a manager, or point DOCKER_HOST to one")


def _as_manager(member: Member, wanted: Wanted, here: tuple[str, ...]) -> Decision:
    moved = _moved(member, wanted, here) if wanted.own else ""
    if moved and member.managers:
        words = f"the other managers know {member.name} as {member.address}, and now it is {moved}: "
        return Decision(Step.NOTHING, f"{words}give this container a fixed address, or --advertise-addr")
    return Decision(Step.RENEW, moved) if moved else Decision(Step.NOTHING)


def _in_error(member: Member) -> str:
    said = member.error.strip().rstrip(".") or "nothing"
    advice = "Look at the engine's log; `docker swarm leave --force` there gives this Swarm up for good"
    if PORT_TAKEN in said:
        advice = "Stop what has the port: another Swarm in the same network, most likely"
    return f"{member.name} is in a Swarm that doesn't work; it says: {said}. {advice}"


def _moved(member: Member, wanted: Wanted, here: tuple[str, ...]) -> str:
    """The new address, where the one that it goes by is neither what is given nor here any more; or nothing.

    A container that is made anew has another address, as a rule, and the engine goes on by the one that it noted.
    """
    given = _plain(wanted.addresses.advertise)
    if given:
        return "" if given == member.address else given
    if not member.address or not here or member.address in here or ip_address(member.address).is_loopback:
        return ""
    return here[0]


def _plain(address: str) -> str:
    """``IP`` out of ``IP`` or ``IP:PORT``; nothing for an interface's name, which stands for what it has now."""
    for candidate in (address, address.rpartition(":")[0].strip("[]")):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return ""
