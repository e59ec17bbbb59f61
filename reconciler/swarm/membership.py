"""The engine as a node: whether it is in a Swarm, in what role, and the calls that bring it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from reconciler.records import dataclass
from reconciler.swarm import endpoint
from reconciler.swarm.transport import LOOK_TIMEOUT, Call, Transport

JOIN_TIMEOUT = 40.0
"""Seconds for a join. The engine gives it 20 s itself, and then goes on in the background."""


class MembershipState(StrEnum):
    """``LocalNodeState`` of the Engine API."""

    INACTIVE = "inactive"
    PENDING = "pending"
    ACTIVE = "active"
    ERROR = "error"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Member:
    """The engine's own part in a Swarm. Addresses of ``managers`` are ``IP:PORT``, without its own."""

    state: MembershipState
    manages: bool = False
    name: str = ""
    address: str = ""
    error: str = ""
    managers: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses that an engine in a Swarm listens on and is reached at. The engine finds the ones left empty."""

    advertise: str = ""
    listen: str = "0.0.0.0:2377"
    data_path: str = ""

    def body(self) -> dict[str, Any]:
        return {"ListenAddr": self.listen, "AdvertiseAddr": self.advertise, "DataPathAddr": self.data_path}


@dataclass(frozen=True, slots=True)
class Invitation:
    """How to join a Swarm. ``managers`` are addresses of some, ``IP`` or ``IP:PORT``."""

    managers: tuple[str, ...]
    token: str = field(repr=False)


class Membership:
    """The membership of one engine. Every method blocks, and raises no other error than ``EngineError``."""

    def __init__(self, at: endpoint.Endpoint) -> None:
        self.host = at.host
        self._transport = Transport(at)

    @classmethod
    def connect(cls, host: str | None, environ: Mapping[str, str]) -> Membership:
        """Connect to an engine, which isn't asked yet. Raises ``UsageError`` as ``Swarm.connect`` does."""
        return cls(endpoint.find(host, environ))

    def look(self) -> Member:
        """Return how it is now. Raises ``EngineUnavailable`` without an engine, ``Refused`` if it is too old."""
        info = self._transport.json(Call("GET", "/info", "ask the engine who it is", timeout=LOOK_TIMEOUT))
        return decoded(info)

    def answers(self, timeout: float = 2.0) -> bool:
        """Whether an engine answers within ``timeout`` seconds."""
        return self._transport.ping(timeout)

    def init(self, addresses: Addresses) -> None:
        """Make it the first manager of a new Swarm.

        Raises ``Refused`` if it can't choose an address, and an ``EngineError`` if a port is taken.
        """
        body = {**addresses.body(), "Spec": {}}
        self._transport.json(Call("POST", "/swarm/init", "initialise the Swarm", body=body, timeout=JOIN_TIMEOUT))

    def join(self, invitation: Invitation, addresses: Addresses) -> None:
        """Join a Swarm. Raises an ``EngineError`` if the token is another Swarm's or no manager was reached. After 20 s
        the engine goes on in the background, and is ``PENDING``."""
        body = {**addresses.body(), "RemoteAddrs": list(invitation.managers), "JoinToken": invitation.token}
        self._transport.json(Call("POST", "/swarm/join", "join the Swarm", body=body, timeout=JOIN_TIMEOUT))

    def close(self) -> None:
        self._transport.close()


def decoded(info: Mapping[str, Any]) -> Member:
    """Return the Member that ``GET /info`` describes."""
    swarm = info.get("Swarm") or {}
    others = (peer for peer in swarm.get("RemoteManagers") or () if peer["NodeID"] != swarm.get("NodeID"))
    return Member(
        MembershipState(swarm.get("LocalNodeState") or MembershipState.INACTIVE),
        bool(swarm.get("ControlAvailable")),
        info.get("Name", ""),
        swarm.get("NodeAddr", ""),
        swarm.get("Error", ""),
        tuple(peer["Addr"] for peer in others),
        info.get("ServerVersion", ""),
    )
