"""Text with styles: what reaches a terminal, a pipe and a file."""

from __future__ import annotations

import pytest

from reconciler.cli.styled import Screen, Text, rows


def test_styles_reach_a_terminal_and_no_pipe() -> None:
    line = Text.assemble("a ", ("b", "bold red"), Text(" c", "dim"))
    assert Screen(80, colour=True).draw([line]) == "a \033[1;31mb\033[0m\033[2m c\033[0m\n"
    assert Screen().draw([line]) == "a b c\n"


def test_nothing_in_a_text_commands_a_terminal() -> None:
    drawn = Screen(80, colour=True).draw([Text("x\033]0;owned\007\ry\tz\nnext")])
    assert drawn == "x\\x1b]0;owned\\x07\\ry\tz\nnext\n"


@pytest.mark.parametrize("width", [1, 40, 80, 200])
def test_names_never_break_and_the_last_column_is_shortened(width: int) -> None:
    name, reason = "a-service-with-a-long-name", "because " * 20
    _, row = rows(("service", "reason"), [(Text(name), Text(reason))], width)
    assert row.plain.startswith(f"{name}  because")
    assert len(row) <= max(width, len(name) + 2 + 20)
    assert "\n" not in row.plain


def test_nothing_is_shortened_where_there_is_no_width() -> None:
    _, row = rows(("service", "reason"), [(Text("web"), Text("because " * 50))], 0)
    assert row.plain == f"web      {'because ' * 50}"
