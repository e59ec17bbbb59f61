"""Credentials from the Docker config file."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import EngineError, EngineUnavailable
from reconciler.swarm.service_logs import LONGEST_FRAME, LONGEST_LINE, LogLine, LogQuery, _at_most, parsed

AT = "2026-11-28T08:25:26.970339010Z"
DETAILS = "com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1"


def frame(text: str, kind: int = 1) -> bytes:
    data = text.encode()
    return bytes([kind, 0, 0, 0]) + len(data).to_bytes(4) + data


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 7, 8, 9, 100, 10_000])
def test_frames_in_any_pieces(size: int) -> None:
    data = frame(f"{AT} {DETAILS} hello world\n") + frame(f"{AT} {DETAILS} \n", 2)
    assert list(parsed(pieces(data, size))) == [
        LogLine(AT, "t1", "n1", "stdout", "hello world"),
        LogLine(AT, "t1", "n1", "stderr", ""),
    ]


@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_a_task_with_a_terminal_sends_no_frames(size: int) -> None:
    data = f"{AT} {DETAILS} one\r\n{AT} {DETAILS} two".encode()
    assert [line.text for line in parsed(pieces(data, size))] == ["one", "two"]


def test_a_part_of_a_long_line_is_a_line() -> None:
    data = frame(f"{AT} {DETAILS} {'a' * 9}") + frame(f"{AT} {DETAILS} b\n")
    assert [line.text for line in parsed([data])] == ["a" * 9, "b"]


def test_what_has_no_details_is_told_as_it_is() -> None:
    assert list(parsed([frame("just words\n")])) == [LogLine("", "", "", "stdout", "just words")]


def test_long_lines_are_cut() -> None:
    (line,) = parsed([frame(f"{AT} {DETAILS} {'x' * 100_000}\n")])
    assert line.text == "x" * LONGEST_LINE


def test_a_frame_that_is_too_long_is_none() -> None:
    good = frame(f"{AT} {DETAILS} a\n")
    with pytest.raises(EngineUnavailable, match="malformed"):
        list(parsed([good + bytes([1, 0, 0, 0]) + (LONGEST_FRAME + 1).to_bytes(4)]))


def test_no_more_is_read_than_is_wanted() -> None:
    assert b"".join(_at_most(6, [b"abc", b"def"])) == b"abcdef"
    with pytest.raises(EngineError, match="longer than"):
        list(_at_most(5, [b"abc", b"def"]))


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_nothing_else_is_raised_whatever_comes(chunks: list[bytes]) -> None:
    with contextlib.suppress(EngineUnavailable):
        assert all(len(line.text) <= LONGEST_LINE for line in parsed(chunks))


def test_a_call_says_what_is_wanted() -> None:
    call = LogQuery("task", "t1", tail=5, since=12.5).call(follow=True)
    assert (call.path, call.timeout) == ("/tasks/t1/logs", None)
    assert call.params["tail"] == "5"
    assert call.params["since"] == "12.500000000"
    assert call.params["follow"] == "1"
    assert LogQuery("service", "s1").call(follow=False).params["tail"] == "all"
