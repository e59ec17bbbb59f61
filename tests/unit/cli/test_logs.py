"""Which logs, since when, and how lines look."""

from __future__ import annotations

import threading

import pytest

from reconciler.cli.commands.logs import since_of
from reconciler.cli.log_following import Lines, in_order
from reconciler.cli.log_reading import LogEntry
from reconciler.cli.log_text import harmless, text_lines
from reconciler.errors import UsageError
from reconciler.status.service_names import Named
from reconciler.swarm.service_logs import LogLine

WEB = Named("shop", "shop_web", "web")


def said(text: str, at: str = "", slot: str = "1") -> LogEntry:
    return LogEntry(WEB, slot, "n1", LogLine(at, "task1", "n1", "stdout", text))


def test_since_is_an_age_or_a_moment() -> None:
    assert since_of("", 1000.0) is None
    assert since_of("10m", 1000.0) == 400.0
    assert since_of("90", 1000.0) == 910.0
    assert since_of("1970-01-01T00:01:00Z", 1000.0) == 60.0
    assert since_of("1970-01-01T01:01:00+01:00", 1000.0) == 60.0
    with pytest.raises(UsageError, match="neither an age nor a moment"):
        since_of("yesterday", 1000.0)


def test_a_line_has_its_place() -> None:
    show = text_lines([WEB], timestamps=False)
    assert show(said("hello")) == "shop_web.1@n1 | hello"
    assert text_lines([WEB], timestamps=True)(said("x", "2026")) == "2026 shop_web.1@n1 | x"
    assert show(LogEntry(WEB, "", "", LogLine("", "", "", "stdout", "x"))) == "shop_web      | x"


def test_a_task_is_meant_by_slot_node_or_id() -> None:
    line = said("x")
    assert [line.is_of(text) for text in ("1", "n1", "task1", "task", "2", "t", "tas")] == [True] * 4 + [False] * 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb", "a\tb"),
        ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("a\rb\x9b", "a\\rb\\x9b"),
    ],
)
def test_what_would_move_the_cursor_is_written_out(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_lines_of_several_services_come_in_order_of_time() -> None:
    lines: Lines = Lines()
    for at in ("3", "1", "2"):
        lines.put((WEB, LogLine(at, "", "", "stdout", "")))
    for _ in range(2):
        threading.Timer(0.1, lines.put, [None]).start()
    assert [line.at for _, line in in_order(lines, 2)] == ["1", "2", "3"]
