"""Frames of the log stream."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from reconciler.swarm.logs import demux


def frame(stream: int, content: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(content)) + content


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40))))
def test_contents_come_in_the_order_of_the_frames(frames: list[tuple[int, bytes]]) -> None:
    data = b"".join(frame(*each) for each in frames)
    assert b"".join(demux(data)) == b"".join(content for _, content in frames)


def test_a_frame_that_was_cut_short_gives_what_there_is() -> None:
    assert b"".join(demux(frame(1, b"one\n") + frame(2, b"two\n")[:-2])) == b"one\ntw"


def test_a_terminals_text_has_no_frames() -> None:
    assert b"".join(demux(b"plain text\r\n")) == b"plain text\r\n"


@given(st.binary(max_size=60))
def test_any_bytes_are_taken(data: bytes) -> None:
    assert len(b"".join(demux(data))) <= len(data)
