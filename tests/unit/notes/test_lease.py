"""The rules of leadership, with a store in memory and clocks that the test moves."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.notes.lease import HOLDER, TTL, Lease, alike
from reconciler.observed.model import Config, Engine, Snapshot, Volume
from reconciler.process_identity import Identity
from tests.unit.notes.memory import Clock, Memory

NAME = "reconciler-lease"
ME = Identity.current()
OTHER = replace(ME, host="other", boot="other-boot")


class Racing(Memory):
    """Somebody else is faster, each time."""

    def config(self, name: str) -> Config | None:
        found = super().config(name)
        if found is None:
            super().create_config({"Name": name, "Labels": {HOLDER: str(OTHER)}}, b"lease")
        else:
            super().label_config(found, {HOLDER: str(OTHER)})
        return found


def holder_of(store: Memory) -> str:
    return str(store.held[NAME].spec["Labels"][HOLDER])


def lease(store: Memory, me: Identity = ME, clock: Clock | None = None) -> Lease:
    return Lease(store, "reconciler", me, clock or Clock())


def test_the_first_takes_it_and_keeps_it() -> None:
    store = Memory()
    mine = lease(store)
    assert mine.holder() is None
    assert mine.acquire()
    assert mine.acquire()
    assert mine.renew()
    assert mine.holder() == str(ME)
    assert not lease(store, OTHER).acquire()


def test_a_standby_counts_from_when_it_saw_the_version_last_move() -> None:
    store, clock = Memory(), Clock()
    held, standby = lease(store), lease(store, OTHER, clock)
    held.acquire()
    assert not standby.acquire()
    clock.now += TTL - 0.1
    held.renew()
    assert not standby.acquire()
    clock.now += TTL - 0.1
    assert not standby.acquire()
    clock.now += 0.1
    assert standby.acquire()
    assert not held.renew()


def test_a_standby_that_just_came_waits_in_full_whatever_the_wall_clocks_say() -> None:
    store = Memory()
    lease(store).acquire()
    assert not lease(store, OTHER, Clock(now=1e9)).acquire()


def test_a_lease_made_anew_is_another_one() -> None:
    store, clock = Memory(), Clock()
    standby = lease(store, OTHER, clock)
    lease(store).acquire()
    assert not standby.acquire()
    clock.now += TTL
    store.held[NAME] = replace(store.held[NAME], id="another")
    assert not standby.acquire()


def test_what_was_given_up_is_free_at_once() -> None:
    store = Memory()
    mine = lease(store)
    mine.acquire()
    mine.release()
    assert holder_of(store) == ""
    assert lease(store, OTHER).acquire()


def test_nobody_gives_up_what_another_has() -> None:
    store = Memory()
    lease(store, OTHER).acquire()
    mine = lease(store)
    mine.release()
    assert holder_of(store) == str(OTHER)
    assert not mine.renew()


def test_who_comes_second_in_a_race_hasnt_got_it() -> None:
    store = Racing()
    mine = lease(store)
    assert not mine.acquire()
    store.label_config(store.held[NAME], {HOLDER: ""})
    assert not mine.acquire()
    assert holder_of(store) == str(OTHER)


def test_a_holder_that_lost_the_object_holds_nothing() -> None:
    store = Memory()
    mine = lease(store)
    mine.acquire()
    store.held.clear()
    assert not mine.renew()
    assert mine.holder() is None
    mine.release()


@pytest.mark.parametrize(
    ("holder", "taken"),
    [
        (replace(ME, pid=2**22 + 1), True),
        (replace(ME, started="1"), True),
        (replace(ME, pid=2**22 + 1, boot="another"), False),
        (replace(ME, pid=2**22 + 1, pid_namespace="another"), False),
        (replace(ME, pid=os.getppid(), started=""), True),
    ],
)
def test_a_dead_process_of_this_machine_holds_nothing(holder: Identity, taken: bool) -> None:
    store = Memory()
    assert lease(store, holder).acquire()
    assert lease(store).acquire() is taken


def test_labels_that_somebody_scribbled_on_expire_like_any_other() -> None:
    store, clock = Memory(), Clock()
    mine = lease(store, clock=clock)
    store.create_config({"Name": NAME, "Labels": {HOLDER: "what/is/this"}}, b"lease")
    assert not mine.acquire()
    clock.now += TTL
    assert mine.acquire()


def test_an_identity_reads_back() -> None:
    assert Identity.parse(str(ME)) == ME
    assert (ME.host, ME.pid) == (socket.gethostname(), os.getpid())
    assert not ME.knows_dead(ME)
    assert Identity.parse("") is None
    assert Identity.parse("a/b/c/d/e") is None


def test_a_process_name_may_look_like_anything(tmp_path: Path) -> None:
    stat = tmp_path / str(ME.pid) / "stat"
    stat.parent.mkdir()
    stat.write_text(f"{ME.pid} (a) Z b) S " + " ".join(str(number) for number in range(4, 53)))
    assert not ME.knows_dead(replace(ME, started="22"), tmp_path)
    stat.write_text(f"{ME.pid} (a) Z " + " ".join(str(number) for number in range(4, 53)))
    assert ME.knows_dead(replace(ME, started="22"), tmp_path)


def test_two_looks_are_alike_where_nothing_but_the_lease_moved() -> None:
    config, lease = Config("c", "app_conf", 1, {}), Config("l", NAME, 1, {})
    before = Snapshot(1.0, Engine("n1", "28.5", "1.51"), configs={config.name: config})
    after = replace(before, at=2.0, configs={config.name: config, NAME: lease})
    assert alike(after, before, "reconciler")
    assert not alike(after, before, "other")
    assert not alike(replace(after, configs={NAME: lease}), before, "reconciler")
    assert not alike(replace(after, volumes={"v": Volume("v", {})}), before, "reconciler")
