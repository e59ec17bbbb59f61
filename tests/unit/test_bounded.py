"""Texts that anybody may have written."""

from __future__ import annotations

import base64
import json
import time
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.bounded import Unreadable, inflated, moment, parsed, whole
from reconciler.moments import date_and_time, time_of_day


@pytest.mark.parametrize("text", ["²", "9" * 5000, "-1", "", " 1", "1_0", "٣", "1e3", "9" * 16])
def test_what_is_no_number_of_ours(text: str) -> None:
    assert whole(text) is None


def test_numbers() -> None:
    assert (whole("0"), whole("007"), whole("9" * 15)) == (0, 7, 999_999_999_999_999)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000 + "]" * 200_000,
        "[" * 21 + "]" * 21,
        '{"a":' * 5000,
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        "[1e999]",
        "9" * 5000,
        "[" + "9" * 16 + "]",
        "",
        "nonsense",
        '"' + "x" * 2_000_000 + '"',
    ],
)
def test_json_is_bounded(text: str) -> None:
    with pytest.raises(Unreadable):
        parsed(text, 1_000_000)


def test_json_within_bounds_is_read() -> None:
    value = {"a": [1, 2.5, None, True, {"b": "c"}]}
    assert parsed(json.dumps(value), 1000) == value


@pytest.mark.parametrize("text", ["", "%%", base64.b64encode(b"no zlib").decode(), "é"])
def test_what_is_not_compressed(text: str) -> None:
    with pytest.raises(Unreadable):
        inflated(text, 1000)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = base64.b64encode(zlib.compress(b" " * 200_000_000, 9)).decode()
    began = time.process_time()
    with pytest.raises(Unreadable, match="more than 1000000 bytes"):
        inflated(bomb, 1_000_000)
    assert time.process_time() - began < 1
    assert inflated(base64.b64encode(zlib.compress(b"text")).decode(), 4) == "text"


@pytest.mark.parametrize("value", [1e999, float("nan"), -1, 1795845595000, True, "1", None, 1e30])
def test_what_is_no_moment(value: object) -> None:
    with pytest.raises(Unreadable):
        moment(value)


@given(st.floats() | st.integers())
def test_any_number_can_be_shown_as_a_moment(at: float) -> None:
    assert date_and_time(at)
    assert time_of_day(at)


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_read_or_unreadable(text: str) -> None:
    for read in (lambda: parsed(text, 1000), lambda: inflated(text, 1000)):
        with suppress(Unreadable):
            read()
