"""The engine's place in a Swarm: left alone if it has one, otherwise made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from reconciler.errors import EngineError, NoEngine, NotASwarm, Refused
from reconciler.own_engine.addresses import here
from reconciler.own_engine.joining_steps import Decision, JoiningStep, WantedPlace, decide
from reconciler.supervisor.child import Tell
from reconciler.swarm import Addresses, Member, Membership
from reconciler.threads import aside

ASK_FIRST, ASK_LAST = 0.1, 5.0
"""Seconds between looks at what may change by itself: doubling, with full jitter."""
_FOR_GOOD = ("address already in use", "no space left on device", "join token")
"""Words of engines for failures that another try doesn't fix. (20.10 goes on listening after its disk was full.)"""
_ON_INTERFACE = re.compile(r"([0-9a-fA-F:.]{0,45}[0-9a-fA-F]) on ([\w.@-]+)")
"""An address in the message of engines 20.10 and 28.5 that have several (``resolveSystemAddr``)."""


class _NotYet(Exception):
    """What we wait for, in words."""


class Joining:
    """Brings one engine into a Swarm. ``tell`` logs what is done, and what is waited for when that changes."""

    def __init__(self, membership: Membership, wanted: WantedPlace, tell: Tell) -> None:
        self._membership = membership
        self._wanted = wanted
        self._tell = tell
        self._told = ""

    async def ensure(self) -> Member:
        """Return once the engine manages a Swarm.

        Raises:
            NotASwarm: it is a worker, and we don't wait for its promotion.
            NoEngine: it is too old, or its Swarm can't be made: why, and what to do.
        """
        again = AsyncRetrying(
            retry=retry_if_exception_type(_NotYet),
            wait=wait_random_exponential(multiplier=ASK_FIRST, max=ASK_LAST),
            before_sleep=self._tell_of,
        )
        return await again(self._step_until_there)

    def _tell_of(self, state: RetryCallState) -> None:
        why = str(state.outcome.exception()) if state.outcome else ""
        if why != self._told:
            self._told = why
            self._tell("waiting for a Swarm to manage", why=why)

    async def _step_until_there(self) -> Member:
        try:
            while True:
                ours = tuple(each.address for each in here()) if self._wanted.own else ()
                member = await aside(self._membership.look)
                decision = decide(member, self._wanted, ours)
                if decision.step is JoiningStep.NOTHING:
                    if decision.why:
                        self._tell("the Swarm goes on with a problem", why=decision.why)
                    return member
                await self._take(decision, ours)
        except Refused as error:
            raise NoEngine(str(error)) from error
        except EngineError as error:
            if not error.passing:
                raise
            raise _NotYet(str(error)) from error

    async def _take(self, decision: Decision, ours: tuple[str, ...]) -> None:
        addresses = self._wanted.addresses
        if ours and not addresses.advertise:
            addresses = replace(addresses, advertise=ours[0])
        match decision.step:
            case JoiningStep.WAIT:
                raise _NotYet(decision.why)
            case JoiningStep.END:
                raise NotASwarm(decision.why)
            case JoiningStep.JOIN if self._wanted.invitation:
                invitation = self._wanted.invitation
                self._tell("joining a Swarm", managers=", ".join(invitation.managers))
                await self._called(lambda: self._membership.join(invitation, addresses))
            case _:
                await self._init(addresses, ours)

    async def _init(self, addresses: Addresses, ours: tuple[str, ...]) -> None:
        try:
            await self._called(lambda: self._membership.init(addresses))
        except Refused as error:
            chosen = choice(str(error))
            if not chosen:
                raise
            addresses, ours = replace(addresses, advertise=chosen[0]), chosen
            await self._called(lambda: self._membership.init(addresses))
        others = ", ".join(each for each in ours if each != addresses.advertise)
        self._tell("a Swarm was initialised", advertise=addresses.advertise, other_addresses=others)

    async def _called(self, call: Callable[[], None]) -> None:
        """Make a call. Raises ``NoEngine`` for a failure that won't pass by itself."""
        try:
            await aside(call)
        except EngineError as error:
            if any(words in str(error) for words in _FOR_GOOD):
                raise NoEngine(str(error)) from error
            raise


def choice(words: str) -> tuple[str, ...]:
    """Return the addresses that an engine couldn't choose from, the best first: private ones, then by interface."""
    found = {(each[2], each[1]) for each in _ON_INTERFACE.finditer(words) if _is_address(each[1])}
    return tuple(address for _, _, _, address in sorted(map(_rank, found)))


def _rank(found: tuple[str, str]) -> tuple[bool, str, int, str]:
    interface, address = found
    return not ip_address(address).is_private, interface, int(ip_address(address)), address


def _is_address(words: str) -> bool:
    try:
        return bool(ip_address(words))
    except ValueError:
        return False
