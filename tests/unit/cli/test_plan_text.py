"""A plan in a terminal without colours: each line says which way."""

from __future__ import annotations

import pytest

from reconciler.cli.report_text import change_text
from reconciler.plan.model import Change


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Change("environment.BAR", None, "1"), "    + environment.BAR: 1"),
        (Change("environment.FOO", "1", None), "    - environment.FOO: 1"),
        (Change("command", ["a"], ["b"]), '    ~ command: ["a"] → ["b"]'),
    ],
)
def test_a_change_says_which_way(change: Change, line: str) -> None:
    assert change_text(change).plain == line
