"""Variables, in each form of the Compose Specification."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.compose.interpolation import Interpolation, Unresolved, dotenv

ENVIRON = {"SET": "value", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$SET", "value"),
        ("${SET}", "value"),
        ("a${SET}b$SET-c", "avaluebvalue-c"),
        ("$$SET", "$SET"),
        ("$${SET}", "${SET}"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${NONE:-d}", "d"),
        ("${NONE-d}", "d"),
        ("${SET:-d}", "value"),
        ("${NONE:-}", ""),
        ("${NONE:-${SET}}", "value"),
        ("${NONE:-a${ALSO_NONE:-b}c}", "abc"),
        ("${SET:+a}", "a"),
        ("${EMPTY:+a}", ""),
        ("${EMPTY+a}", "a"),
        ("${NONE+a}", ""),
        ("${SET:?e}", "value"),
        ("${EMPTY?e}", ""),
        ("$NONE.", "."),
        ("${NONE:-a:b/c?d}", "a:b/c?d"),
    ],
)
def test_forms(text: str, result: str) -> None:
    assert Interpolation(ENVIRON).text(text) == result


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${NONE:?say $SET}", "variable NONE is required and not set: say value"),
        ("${NONE?}", "variable NONE is required and not set"),
        ("${EMPTY:?e}", "variable EMPTY is required and empty: e"),
        ("${SET", "without its closing brace"),
        ("${}", "without a variable's name"),
        ("${1A}", "without a variable's name"),
        ("${SET!}", "something else than a name"),
        ("a$", "begins no variable"),
        ("$1", "begins no variable"),
    ],
)
def test_faults(text: str, words: str) -> None:
    with pytest.raises(Unresolved) as raised:
        Interpolation(ENVIRON).text(text)
    assert words in str(raised.value)
    assert raised.value.hint


def test_what_is_not_set_is_told() -> None:
    unset: list[str] = []
    assert Interpolation(ENVIRON, unset.append).text("$SET $NONE ${ALSO} ${THIRD:-}") == "value   "
    assert unset == ["NONE", "ALSO"]


@given(st.text())
def test_doubled_dollars_give_any_text_back(text: str) -> None:
    assert Interpolation({}).text(text.replace("$", "$$")) == text


@given(st.text("${}:-?+AB", max_size=12))
def test_nothing_but_unresolved_is_ever_raised(text: str) -> None:
    with suppress(Unresolved):
        Interpolation({"A": "1"}).text(text)


def test_dotenv() -> None:
    text = "\ufeffA=1\n# B=2\n\nexport C='x y'\nD=\"q\" \nE=a # not this\nF\n G = h\n"
    assert dotenv(text) == {"A": "1", "C": "x y", "D": "q", "E": "a", "G": "h"}
