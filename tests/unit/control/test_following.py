"""What a forced pass comes to is told from the state file alone, whatever else goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from reconciler.control import following
from reconciler.control.following import follow
from reconciler.control.protocol import Upshot
from reconciler.control.state import State
from reconciler.errors import Unreached
from tests.unit.control.world import state

IDLE = replace(state(), passes=4, began=1.0, ended=2.0, last=Upshot(4, "Ready", True), reload=Upshot(2, "Ready", True))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("BEGINS", 0.05), ("GONE", 0.05), ("EVERY", 0.001)):
        monkeypatch.setattr(following, name, seconds)


def reading(*states: State | None) -> Callable[[], State]:
    """One after another, and then the last one for ever; None where the file can't be read."""
    coming: Iterator[State | None] = iter(states)
    last = states[-1]

    def read() -> State:
        found = next(coming, last)
        if found is None:
            raise Unreached("the loop is gone")
        return found

    return read


def begun(number: int, *, forced: bool) -> State:
    return replace(IDLE, passes=number, forced=forced, under_way=True)


def ended(number: int, reload: Upshot | None, verdict: str = "Ready") -> State:
    return replace(IDLE, passes=number, last=Upshot(number, verdict, True), reload=reload)


def test_the_forced_pass_and_those_after_it_until_all_is_settled() -> None:
    first, last = Upshot(6, "Progressing", False, changed=1), Upshot(6, "Ready", True, changed=1)
    read = reading(
        IDLE, begun(5, forced=False), ended(5, IDLE.reload), begun(6, forced=True), ended(6, first), ended(7, first),
        ended(8, last), ended(9, Upshot(9, "Degraded", True)),
    )  # fmt: skip
    assert list(follow(read, IDLE, 10, wait=True, every=0)) == [first, last]


def test_without_waiting_only_the_forced_pass() -> None:
    first = Upshot(6, "Progressing", False)
    assert list(follow(reading(IDLE, ended(6, first)), IDLE, 10, wait=False, every=0)) == [first]


def test_a_forced_pass_that_was_under_way_before_isnt_the_one() -> None:
    before = begun(5, forced=True)
    ours = Upshot(6, "Ready", True)
    read = reading(before, ended(5, Upshot(5, "Ready", True)), ended(6, ours))
    assert list(follow(read, before, 10, wait=True, every=0)) == [ours]


def test_no_forced_pass_in_time_is_a_way_that_doesnt_work() -> None:
    with pytest.raises(Unreached, match="no forced pass began within"):
        list(follow(reading(IDLE, ended(5, IDLE.reload)), IDLE, 10, wait=True, every=0.001))


def test_a_pass_under_way_may_take_its_time_first() -> None:
    before = replace(begun(5, forced=False), pass_timeout=9)
    ours = Upshot(6, "Ready", True)
    read = reading(*[before] * 100, ended(6, ours))
    assert list(follow(read, before, 10, wait=True, every=0.001)) == [ours]


def test_a_loop_that_is_started_anew_has_read_everything() -> None:
    other = replace(IDLE, process="host/boot/1/2/3", passes=1, last=None, reload=None)
    first, last = Upshot(1, "Progressing", False), Upshot(2, "Ready", True)
    read = reading(IDLE, None, None, other, replace(other, last=first), replace(other, passes=2, last=last))
    assert list(follow(read, IDLE, 10, wait=True, every=0)) == [first, last]


def test_a_loop_that_stays_away_is_gone() -> None:
    with pytest.raises(Unreached, match="gone"):
        list(follow(reading(IDLE, None), IDLE, 10, wait=True, every=0.001))


def test_what_isnt_settled_in_time_is_told_as_it_is() -> None:
    first = Upshot(6, "Progressing", False)
    assert list(follow(reading(ended(6, first)), IDLE, 0.1, wait=True, every=0.001)) == [first]
