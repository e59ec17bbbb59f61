"""A forced pass of a loop that runs elsewhere, asked for in three ways: the first that works is the way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from reconciler.control.client import ANSWER, LoopClient
from reconciler.control.following import follow
from reconciler.control.protocol import Upshot
from reconciler.control.state import Place, State
from reconciler.errors import Unreached
from reconciler.process_identity import Identity
from reconciler.records import dataclass

CONTACT = 10.0
"""Seconds after which an engine that the loop couldn't ask even once is given up."""
RESTART = 10.0
"""Seconds for which a loop that is gone is waited for: whoever supervises it may be starting it again."""
Report = dict[str, Any]
"""As ``run --output json`` prints it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is known after a pass. Only the control socket tells reports."""

    upshot: Upshot
    report: Report | None = None


class Way(Protocol):
    """One way to ask for a forced pass."""

    @property
    def name(self) -> str: ...

    def steps(self, timeout: float, *, wait: bool) -> Iterator[Step]:
        """Asks, and tells what comes of it for ``timeout`` seconds at most.

        Raises:
            Unreached: it doesn't work, and why.
        """
        ...


@dataclass(frozen=True, slots=True)
class FailedWay:
    """A way that didn't work."""

    way: str
    why: str


@dataclass(frozen=True, slots=True)
class Reloaded:
    """By which way, what didn't work before it, and what came of it in the end."""

    way: str
    failures: tuple[FailedWay, ...]
    last: Step


def reload(ways: Sequence[Way], timeout: float, *, wait: bool, tell: Callable[[Step], None]) -> Reloaded:
    """A forced pass by the first way that works, within ``timeout`` seconds; with ``wait``, until all is settled.

    Raises:
        Unreached: by none, with what each of them met; or no pass was over in time.
    """
    began = time.monotonic()
    failures: list[FailedWay] = []
    for way in ways:
        try:
            last = _last(way.steps(began + timeout - time.monotonic(), wait=wait), tell)
        except Unreached as error:
            failures.append(FailedWay(way.name, str(error)))
            continue
        if last is None:
            raise Unreached(f"no pass was over within {timeout:g} s, though one was asked for by {way.name}")
        return Reloaded(way.name, tuple(failures), last)
    raise Unreached("no loop could be reached: " + "; ".join(f"{each.way}: {each.why}" for each in failures))


def await_restart(place: Place) -> None:
    """Returns once the last loop isn't known to be gone any more, or after ``RESTART`` seconds."""
    ends = time.monotonic() + RESTART
    while _is_gone(place) and time.monotonic() < ends:
        time.sleep(RESTART / 30)


def _is_gone(place: Place) -> bool:
    try:
        loop = State.read(place).identity
    except (OSError, ValueError):
        return False  # none was ever there, or nobody can tell: the ways say so
    return loop is not None and Identity.current().knows_dead(loop)


def _last(steps: Iterator[Step], tell: Callable[[Step], None]) -> Step | None:
    """An engine that the loop can't ask even once is waited for a while only."""
    last, met, gives_up = None, False, time.monotonic() + CONTACT
    for last in steps:
        tell(last)
        met = met or not last.upshot.engine_error
        if not met and time.monotonic() > gives_up:
            break
    return last


@dataclass(frozen=True, slots=True)
class BySocket:
    """Asks the loop itself. Nothing else can carry ``agreed``: the consent to removals."""

    place: Place
    agreed: bool = False
    answer: float = ANSWER
    name: str = "control socket"

    def steps(self, timeout: float, *, wait: bool) -> Iterator[Step]:
        upshot = None
        try:
            client = LoopClient(self.place.socket, self.answer)
            for heard in client.reload(wait=wait, agreed=self.agreed, timeout=timeout):
                upshot = heard.upshot
                yield Step(upshot, heard.report)
        except TimeoutError:
            return
        if upshot is None or (wait and not upshot.settled):
            raise Unreached("the loop ended meanwhile")


@dataclass(frozen=True, slots=True)
class BySignal:
    """SIGHUP to the process that wrote the state file, if it is that very one."""

    place: Place
    name: str = "SIGHUP"

    def steps(self, timeout: float, *, wait: bool) -> Iterator[Step]:
        before = living(self.place)
        try:
            handle = os.pidfd_open(before.pid)
            try:
                living(self.place)  # the pid could have been given away until now
                signal.pidfd_send_signal(handle, signal.SIGHUP)
            finally:
                os.close(handle)
        except OSError as error:
            raise Unreached(f"process {before.pid} can't be sent a signal: {error.strerror}") from error
        yield from map(Step, follow(lambda: living(self.place), before, timeout, wait=wait))


@dataclass(frozen=True, slots=True)
class ByTrigger:
    """A touch of the trigger file that is named, or else of that which the loop says it looks at, or else of the usual
    one."""

    place: Place
    named: Path | None
    usual: Path
    name: str = "trigger file"

    def steps(self, timeout: float, *, wait: bool) -> Iterator[Step]:
        before, why = None, ""
        try:
            before = written(self.place)
        except Unreached as error:
            why = str(error)
        file = self.named or (Path(before.trigger) if before else self.usual)
        try:
            file.touch()
        except OSError as error:
            raise Unreached(f"can't touch {file}: {error.strerror}; name another one with --trigger") from error
        if before is None:
            raise Unreached(f"{file} was touched, and whether a loop saw it can't be told: {why}")
        yield from map(Step, follow(lambda: written(self.place), before, timeout, wait=wait))


def living(place: Place) -> State:
    """The state of the loop, if that is a process that can be seen from here, and lives. Raises ``Unreached``."""
    state = written(place)
    loop = state.identity
    if loop is None or not Identity.current().sees(loop):
        raise Unreached(f"the loop that wrote {place.state} runs in another container, or on another machine")
    return state


def written(place: Place) -> State:
    """The state of the loop, unless that is known to be gone. Raises ``Unreached``."""
    try:
        state = State.read(place)
    except FileNotFoundError:
        raise Unreached(f"no loop has written {place.state}") from None
    except (OSError, ValueError) as error:
        raise Unreached(f"{place.state} can't be read: {error}") from error
    loop = state.identity
    if loop and Identity.current().knows_dead(loop):
        raise Unreached(f"the loop that wrote {place.state} is gone (process {state.pid})")
    return state
