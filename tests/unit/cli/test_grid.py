"""Tables: names never break, and nothing wraps where nobody looks at a terminal."""

from __future__ import annotations

import pytest

from reconciler.cli.grid import Grid, shortened
from reconciler.cli.report_text import services_table
from reconciler.cli.shown_services import everything
from reconciler.verdict.model import Judgement, Verdict

LONG = "0/2 updated; newest task in slot 1 is starting on a node with a name and so on, and so on, and so on, and so on"
JUDGEMENTS = [
    Judgement("shop_frontend", "shop", Verdict.PROGRESSING, LONG, 2, 0),
    Judgement("shop_db", "shop", Verdict.READY, "1/1 running", 1, 1, task_age=5000.0),
    Judgement("shop_migrate", "shop", Verdict.COMPLETED, "1/1 completed", 1, 0),
]


def lines(width: int) -> list[str]:
    return [line.plain for line in services_table(everything(JUDGEMENTS), width)]


@pytest.mark.parametrize("width", range(26, 130))
def test_no_line_is_longer_than_the_terminal_and_no_name_breaks(width: int) -> None:
    shown = lines(width)
    assert max(map(len, shown)) <= width
    for name in ("shop_frontend", "shop_db", "shop_migrate", "Progressing", "Completed"):
        assert sum(name in line.split() for line in shown) == 1


def test_a_narrow_terminal_shortens_the_reason() -> None:
    assert lines(70) == [
        "service        verdict      running  age    reason",
        "shop_frontend  Progressing  0/2      -      0/2 updated; newest task…",
        "shop_db        Ready        1/1      1h23m  1/1 running",
        "shop_migrate   Completed    1/1      -      1/1 completed",
    ]


def test_a_very_narrow_one_puts_it_below_and_drops_the_age() -> None:
    assert lines(40)[:3] == [
        "service        verdict      running",
        "shop_frontend  Progressing  0/2",
        "  0/2 updated; newest task in slot 1 is…",
    ]


def test_a_wide_one_shows_all_of_it() -> None:
    shown = " ".join(" ".join(lines(110)).split())
    assert "a node with a name" in shown
    assert "…" not in shown


def test_what_is_no_terminal_has_a_line_for_each_service() -> None:
    shown = lines(0)
    assert len(shown) == 4
    assert shown[1].endswith(LONG)


def test_a_job_that_is_done_has_done_what_was_wanted() -> None:
    assert "1/1" in lines(0)[3].split()


def test_line_breaks_stay_out_of_tables() -> None:
    grid = Grid(("a", "b"), [("name", "one\ntwo"), ("x", "")])
    assert [line.plain for line in grid.lines(0)] == ["a     b", "name  one two", "x"]
    assert shortened("longer than this", 7) == "longer…"
    assert shortened("short", 5) == "short"
