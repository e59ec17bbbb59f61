"""Backoff: waits double up to a limit, and what ran well is forgiven."""

from __future__ import annotations

from reconciler.supervisor.restarts import FIRST, LONGEST, WELL, Restarts


def waits(*ran: float, jitter: float = 1.0) -> list[float]:
    restarts = Restarts(lambda: jitter)
    return [restarts.ended(each) for each in ran]


def test_waits_double_up_to_the_longest() -> None:
    assert waits(0, 0, 0, 0) == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert waits(*[0] * 2000)[-1] == LONGEST


def test_jitter_takes_off_half_at_most() -> None:
    assert waits(0, 0, jitter=0.0) == [FIRST / 2, FIRST]


def test_a_good_run_clears_what_was_before() -> None:
    assert waits(0, 0, 0, WELL, 0) == [FIRST, 2 * FIRST, 4 * FIRST, FIRST, 2 * FIRST]


def test_a_change_clears_it_too() -> None:
    restarts = Restarts(lambda: 1.0)
    restarts.ended(0)
    restarts.clear()
    assert restarts.ended(0) == FIRST
