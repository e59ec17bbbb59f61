"""Storms of SIGHUP: the first is passed on at once, the rest as one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.supervisor.hangups import CALM, LONGEST_STORM, Hangups


def passed_on(came: list[float], until: float = 1e6) -> list[float]:
    """Return when signals are passed on if they come at these times."""
    hangups, times = Hangups(listening=True), list[float]()
    pending = sorted(came)
    while True:
        due = hangups.due
        if pending and (due is None or pending[0] < due):
            hangups.came(pending.pop(0))
        elif due is not None and due <= until:
            hangups.passed_on(due)
            hangups.done()
            times.append(due)
        else:
            return times


def test_one_goes_on_at_once() -> None:
    assert passed_on([3.0]) == [3.0]


def test_a_hundred_in_a_second_are_two() -> None:
    assert passed_on([number / 100 for number in range(100)]) == [0, 0.99 + CALM]


def test_those_that_come_apart_all_go_on() -> None:
    assert passed_on([0, 10, 20]) == [0, 10, 20]


def test_a_storm_without_end_is_passed_on_now_and_then() -> None:
    times = passed_on([number / 10 for number in range(1000)])
    assert 100 / LONGEST_STORM - 1 <= len(times) <= 100 / LONGEST_STORM + 3


@given(st.lists(st.floats(0, 100), min_size=1))
def test_after_the_last_one_comes_another_pass(came: list[float]) -> None:
    times = passed_on(came)
    assert max(times) >= max(came)
    assert len(times) <= len(came)


def test_a_loop_that_doesnt_listen_yet_gets_it_when_it_does() -> None:
    hangups = Hangups()
    hangups.came(1)
    assert hangups.due is None
    hangups.loop_came(5)
    assert hangups.due == 1


def test_a_loop_that_died_over_it_gets_it_again() -> None:
    hangups = Hangups(listening=True)
    hangups.came(1)
    hangups.passed_on(1)
    hangups.loop_went()
    hangups.loop_came(5)
    assert hangups.due == 5
    hangups.passed_on(5)
    hangups.done()
    hangups.loop_went()
    hangups.loop_came(9)
    assert hangups.due is None
