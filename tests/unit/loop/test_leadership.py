"""Fencing: who lost the lease, or can't be sure of it any more, writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TypeVar

import pytest

from reconciler.errors import EngineUnavailable, OutOfSequence
from reconciler.loop import leadership as rules
from reconciler.loop.leadership import SURE, Leadership
from reconciler.notes.lease import TTL, Lease
from reconciler.observed.model import Config
from reconciler.process_identity import Identity
from tests.unit.notes.memory import Clock, Memory
from tests.unit.notes.test_lease import NAME

T = TypeVar("T")
ME = Identity.current()
OTHER = replace(ME, host="other", boot="other-boot")


class Slow(Memory):
    """Every answer takes some seconds of ``clock``, or never comes."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.seconds = 0.0
        self.gone = False

    def config(self, name: str) -> Config | None:
        self.clock.now += self.seconds
        if self.gone:
            raise EngineUnavailable("no leader")
        return super().config(name)


def led(store: Memory, clock: Clock, me: Identity = ME, wall: Clock | None = None) -> Leadership:
    """Without ``wall``, its wall clock and its clock never move against each other."""
    return Leadership(Lease(store, "reconciler", me, clock), clock, wall or clock)


def run(what: Coroutine[None, None, T]) -> T:
    return asyncio.run(what)


def refused(leadership: Leadership, term: int | None = None) -> bool:
    """Whether a write that was decided on in ``term`` (now, if None) is kept from going out."""
    try:
        leadership.fence(leadership.term if term is None else term, "update the service web")
    except OutOfSequence as error:
        return "update the service web" in str(error)
    return False


def test_nothing_is_written_without_the_lease() -> None:
    store, clock = Memory(), Clock()
    leadership = led(store, clock)
    assert refused(leadership)
    assert run(leadership.ours())
    assert not refused(leadership)
    run(leadership.release())
    assert refused(leadership)


def test_a_process_that_was_suspended_writes_no_more_and_knows_it_without_asking() -> None:
    store, clock = Memory(), Clock()
    leadership = led(store, clock)
    assert run(leadership.ours())
    clock.now += SURE - 0.1
    assert not refused(leadership)
    clock.now += 20
    assert refused(leadership)


@pytest.mark.parametrize("step", [-86400.0, 86400.0])
def test_a_wall_clock_that_is_set_costs_a_look_at_the_lease_and_no_more(step: float) -> None:
    store, clock, wall = Memory(), Clock(), Clock()
    leadership = led(store, clock, wall=wall)
    assert run(leadership.ours())
    term, version = leadership.term, store.held[NAME].version
    wall.now += step
    assert refused(leadership), "the machine may have been paused"
    assert run(leadership.ours())
    assert store.held[NAME].version > version
    assert not refused(leadership, term), "nobody else had it meanwhile"


def test_a_wall_clock_that_is_set_ends_no_lease_that_is_only_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    store, clock, wall = Memory(), Clock(), Clock()
    leadership = led(store, clock, wall=wall)
    assert run(leadership.ours())
    term = leadership.term
    wall.now += 3600
    _kept(leadership, monkeypatch, lambda: leadership.held)
    assert not refused(leadership, term)


def test_after_a_pause_that_no_clock_counts_the_lease_is_read_again_before_writes_begin() -> None:
    store, clock, watch = Memory(), Clock(), Clock()
    leadership, other = led(store, clock), led(store, watch, OTHER)
    assert run(leadership.ours())
    decided = leadership.term
    clock.now += rules.FRESH
    assert not run(other.ours())
    watch.now += TTL
    assert run(other.ours())
    assert leadership.held, "so it seems by its own clocks"
    assert not run(leadership.ours())
    assert refused(leadership, decided)
    assert leadership.standby == f"process {ME.pid} on other"


def test_what_was_decided_under_an_earlier_lease_isnt_written_under_the_next() -> None:
    store, clock, watch = Memory(), Clock(), Clock()
    leadership, other = led(store, clock), led(store, watch, OTHER)
    assert run(leadership.ours())
    decided = leadership.term
    clock.now += 20
    assert not run(other.ours())
    watch.now += TTL
    assert run(other.ours())
    run(other.release())
    assert run(leadership.ours())
    assert refused(leadership, decided)
    assert not refused(leadership)


def test_renewals_are_of_the_same_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    store, clock = Memory(), Clock()
    leadership = led(store, clock)
    assert run(leadership.ours())
    term, version = leadership.term, store.held[NAME].version
    _kept(leadership, monkeypatch, lambda: store.held[NAME].version > version)
    assert leadership.term == term
    clock.now += SURE - 0.1
    assert not refused(leadership, term)


def test_a_yes_counts_from_when_it_was_asked_for() -> None:
    clock = Clock()
    store = Slow(clock)
    leadership = led(store, clock)
    store.seconds = SURE
    assert not run(leadership.ours())
    assert refused(leadership)


def test_an_engine_that_cant_be_asked_ends_it_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    store = Slow(clock)
    leadership = led(store, clock)
    assert run(leadership.ours())
    store.gone, store.seconds = True, 3.0
    _kept(leadership, monkeypatch, lambda: clock.now > 1000 + SURE)
    assert refused(leadership)


def test_a_standby_takes_over_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    store, clock, watch = Memory(), Clock(), Clock()
    assert run(led(store, clock).ours())
    standby = led(store, watch, OTHER)
    assert not run(standby.ours())
    assert standby.standby == f"process {ME.pid} on {ME.host}"
    gained: list[float] = []
    watch.now += TTL
    _kept(standby, monkeypatch, lambda: bool(gained), lambda: gained.append(watch.now))
    assert not refused(standby)
    assert standby.standby == ""


def test_who_only_renews_doesnt_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    store, clock = Memory(), Clock()
    leadership = led(store, clock)
    _kept(leadership, monkeypatch, lambda: True)
    assert store.held == {}


def test_a_lease_that_isnt_renewed_any_more_is_taken_over_within_15_s() -> None:
    seen_late = rules.WATCH_EVERY
    waited = TTL + rules.WATCH_EVERY
    assert seen_late + waited < 15 - 2, "two seconds are left for a pass"


def _kept(
    leadership: Leadership,
    monkeypatch: pytest.MonkeyPatch,
    until: Callable[[], bool],
    gained: Callable[[], None] | None = None,
) -> None:
    """Keep the lease, with the pauses left out, until something is so."""
    monkeypatch.setattr(rules, "RENEW_EVERY", 0.001)
    monkeypatch.setattr(rules, "WATCH_EVERY", 0.001)

    async def keeping() -> None:
        task = asyncio.ensure_future(leadership.keep(gained))
        async with asyncio.timeout(5):
            while not until():
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(keeping())


def test_a_holder_that_was_killed_is_outlived_and_one_that_lives_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WATCH_EVERY", 0)
    clock = Clock()
    store = Slow(clock)
    assert run(led(store, clock, OTHER).ours())
    store.seconds = 1.0
    began = clock.now
    assert run(led(store, clock).inherited())
    assert clock.now - began >= TTL
    store = Slow(clock)
    theirs = Lease(store, "reconciler", OTHER, clock)
    assert theirs.acquire()
    ours = led(store, clock)
    assert not run(ours.ours())
    assert theirs.renew()
    assert not run(ours.inherited())
