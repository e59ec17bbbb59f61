"""Backoff: waits double up to a limit, and a good run resets them."""

from __future__ import annotations

import pytest

from reconciler.supervisor.shutdown import Deadlines, exit_code


@pytest.mark.parametrize(
    ("code", "asked", "container"),
    [
        (None, True, 0),
        (None, False, 0),
        (0, True, 0),
        (0, False, 0),
        (3, True, 3),
        (3, False, 3),
        (-15, True, 0),
        (143, True, 0),
        (-15, False, 143),
        (-9, True, 137),
        (-9, False, 137),
        (127, False, 127),
    ],
)
def test_the_exit_code_is_the_apps(code: int | None, asked: bool, container: int) -> None:
    assert exit_code(code, asked=asked) == container


def test_each_has_its_share_of_the_grace() -> None:
    without = Deadlines(100, 10, engine=False)
    assert (without.loop, without.app, without.everything) == (105, 110, 110)
    own = Deadlines(100, 10, engine=True)
    assert own.loop < own.app < own.everything == 110
