"""Text with styles: what reaches a terminal, a pipe and a file."""

from __future__ import annotations

import pytest

from reconciler.cli.styled import Screen, Text


def test_styles_reach_a_terminal_and_no_pipe() -> None:
    line = Text.assemble("a ", ("b", "bold red"), Text(" c", "dim"))
    assert Screen(80, colour=True).draw([line]) == "a \033[1;31mb\033[0m\033[2m c\033[0m\n"
    assert Screen().draw([line]) == "a b c\n"


def test_nothing_in_a_text_commands_a_terminal() -> None:
    drawn = Screen(80, colour=True).draw([Text("x\033]0;owned\007\ry\tz\nnext")])
    assert drawn == "x\\x1b]0;owned\\x07\\ry\tz\nnext\n"


@pytest.mark.parametrize("width", [1, 10, 26, 40, 80])
def test_lines_wrap_between_words_and_names_never_break(width: int) -> None:
    name = "a-service-with-a-long-name"
    line = Text.assemble("  + create ", (name, "green"), ": not there, and so on and on")
    parts = list(line.wrapped(width))
    assert sum(name in part.plain for part in parts) == 1
    assert all(len(part) <= max(width, len(name) + 2) for part in parts)
    assert "".join(part.plain.replace(" ", "") for part in parts) == line.plain.replace(" ", "")


def test_nothing_wraps_where_there_is_no_width() -> None:
    assert Screen().draw([Text("because " * 50)]) == f"{'because ' * 50}\n"
