"""Times as people write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.durations import LONGEST, seconds, short


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("90", 90.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1d", 86400.0),
        ("250ms", 0.25),
        ("1m0.5s", 60.5),
    ],
)
def test_a_time(text: str, found: float) -> None:
    assert seconds(text) == pytest.approx(found)


@pytest.mark.parametrize(
    "text", ["", "5x", "m", "5m ", "5 m", "1h30", "inf", "nan", "-1x", "1_000", "1e999", "٣m", "5M"]
)
def test_no_time_says_how_one_is_written(text: str) -> None:
    with pytest.raises(ValueError, match="write seconds"):
        seconds(text)


def test_bounds() -> None:
    assert seconds("1s", least=1) == 1
    with pytest.raises(ValueError, match="less than 1s"):
        seconds("0.5", least=1)
    with pytest.raises(ValueError, match="less than 0s"):
        seconds("-5")
    with pytest.raises(ValueError, match="more than 3650d"):
        seconds("999999d")


def test_a_long_text_takes_no_time() -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="write seconds"):
        seconds("1m" * 200_000 + "x")
    assert time.process_time() - began < 5


@given(st.integers(0, int(LONGEST)) | st.floats(0.001, 0.999))
def test_what_is_written_short_is_read_as_the_same(given: float) -> None:
    assert seconds(short(given)) == pytest.approx(given, rel=1e-4)
