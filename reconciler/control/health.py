"""Whether the loop of this machine is alive: what the image's health check asks every few seconds.

How the services are doesn't matter here: one that is degraded isn't fixed by a restart of ours. Nor does who acts: a
standby is as healthy.
"""

from __future__ import annotations

from reconciler.clock import uptime
from reconciler.control.client import LoopClient
from reconciler.control.state import Place, State
from reconciler.errors import Unreached
from reconciler.process_identity import Identity
from reconciler.records import dataclass

SLACK = 10.0
"""Seconds that a pass may begin or end too late: the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the loop is alive, and a line that says why not, or how it is."""

    good: bool
    words: str


def health(place: Place) -> Health:
    """By the control socket, or where the loop has none, by its state file."""
    try:
        found = LoopClient(place.socket).status()
        return judged(found.state, found.since_began, found.since_ended)
    except Unreached as error:
        return _by_file(place, str(error))
    except ValueError as error:
        return Health(False, f"what listens at {place.socket} is no loop of ours: {error}")


def judged(state: State, since_began: float | None, since_ended: float | None) -> Health:
    """Of a loop that lives; times in seconds."""
    if state.last is None or since_began is None or since_ended is None:
        return Health(False, "starting: no pass has ended yet")
    if state.under_way and since_began > state.pass_timeout + SLACK:
        return Health(False, f"a pass takes for {since_began:.0f} s now, and {state.pass_timeout:g} s are its longest")
    if not state.under_way and since_ended > state.interval + SLACK:
        return Health(
            False, f"the last pass ended {since_ended:.0f} s ago, and one every {state.interval:g} s is right"
        )
    if state.last.engine_error:
        return Health(False, f"the engine can't be asked: {state.last.engine_error}")
    # A restart would bring back nothing that is missing, and lose the last good state.
    missing = f"; {state.last.desired_missing}" if state.last.desired_missing else ""
    return Health(True, f"pass {state.last.number} ended {since_ended:.0f} s ago: {state.last.verdict}{missing}")


def _by_file(place: Place, why: str) -> Health:
    try:
        state = State.read(place)
    except OSError:
        return Health(False, f"no loop runs here: {why}")
    except ValueError as error:
        return Health(False, f"{place.state} can't be read: {error}")
    loop, now = state.identity, uptime()
    if loop is None or not Identity.current().lives(loop):
        return Health(False, f"the loop is gone (process {state.pid}): {why}")
    if place.socket.is_socket():
        return Health(False, f"the loop (process {state.pid}) doesn't answer: {why}")
    began, ended = (None if moment is None else now - moment for moment in (state.began, state.ended))
    return judged(state, began, ended)
