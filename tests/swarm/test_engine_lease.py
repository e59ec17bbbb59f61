"""Leadership on a real Swarm."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

from reconciler import labels
from reconciler.notes.kinds import LEASE, is_note_event
from reconciler.notes.lease import HOLDER, Lease
from reconciler.process_identity import Identity
from reconciler.swarm import Swarm


class Clock:
    """Monotonic time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def elsewhere(machine: str = "elsewhere") -> Identity:
    """A process of another machine."""
    return replace(Identity.current(), host=machine, boot=f"boot of {machine}")


def test_one_of_two_has_it_until_it_gives_it_up(swarm: Swarm, stack: str) -> None:
    first = Lease(swarm, stack, Identity.current(), Clock())
    second = Lease(swarm, stack, elsewhere(), Clock())
    assert first.acquire()
    assert not second.acquire()
    assert first.renew()
    assert not second.renew()
    assert first.holder() == str(Identity.current())
    first.release()
    assert second.holder() is None
    assert second.acquire()
    assert not first.renew()
    first.release()
    assert second.renew()


def test_a_standby_takes_over_once_renewals_stop(swarm: Swarm, stack: str) -> None:
    clock = Clock()
    first, standby = Lease(swarm, stack, elsewhere(), Clock()), Lease(swarm, stack, Identity.current(), clock)
    assert first.acquire()
    assert not standby.acquire()
    clock.now = 9.0
    assert first.renew()
    assert not standby.acquire()
    clock.now = 18.0
    assert not standby.acquire()
    clock.now = 19.0
    assert standby.acquire()
    assert not first.renew()


def test_a_process_of_this_machine_that_was_killed_is_replaced_at_once(swarm: Swarm, stack: str) -> None:
    code = "from reconciler.process_identity import Identity; print(Identity.current(), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None
        holder = Identity.parse(other.stdout.readline().strip())
        assert holder is not None
        assert Lease(swarm, stack, holder, Clock()).acquire()
        me = Lease(swarm, stack, Identity.current(), Clock())
        assert not me.acquire()
        other.kill()
        other.wait()
        assert me.acquire()


def test_of_many_that_try_at_once_one_wins(swarm: Swarm, stack: str) -> None:
    leases = [Lease(swarm, stack, elsewhere(str(number)), Clock()) for number in range(8)]
    for _ in range(3):
        barrier = threading.Barrier(len(leases))
        won: list[Lease] = []

        def race(lease: Lease, barrier: threading.Barrier = barrier, won: list[Lease] = won) -> None:
            barrier.wait()
            if lease.acquire():
                won.append(lease)

        racers = [threading.Thread(target=race, args=(lease,)) for lease in leases]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert len(won) == 1
        won[0].release()


def test_renewals_are_told_apart_from_other_events(swarm: Swarm, stack: str) -> None:
    stop = threading.Event()
    stream = swarm.events(stop)
    lease = Lease(swarm, stack, Identity.current(), Clock())
    assert lease.acquire()
    assert lease.renew()
    events = [next(stream), next(stream)]
    stop.set()
    assert list(stream) == []
    assert [event.action for event in events] == ["create", "update"]
    assert all(is_note_event(event, stack) for event in events)
    # Another's renewals come every 3 s too, and mean nothing to us.
    assert [is_note_event(event, "another") for event in events] == [False, True]
    config = swarm.observe().configs[LEASE.name_of(stack)]
    assert config.spec["Labels"][labels.OWNER] == stack
    assert config.spec["Labels"][HOLDER] == str(Identity.current())
