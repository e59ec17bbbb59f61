"""Variables, in each form of the Compose Specification."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.compose.interpolation import DEEPEST, Interpolation, Unresolved

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


def test_defaults_within_defaults_end_somewhere() -> None:
    inside = "${A:-" * DEEPEST + "x" + "}" * DEEPEST
    assert Interpolation({}).text(inside) == "x"
    with pytest.raises(Unresolved, match="nested more than"):
        Interpolation({}).text(f"${{A:-{inside}}}")


def test_what_variables_bring_in_is_counted() -> None:
    spent: list[int] = []
    Interpolation(ENVIRON, spend=spent.append).text("$SET ${SET:-x} ${NONE:-$SET}")
    assert spent == [5, 5, 5]


def test_a_lenient_reader_leaves_a_lone_dollar() -> None:
    assert Interpolation(ENVIRON, lenient=True).text("a$ $1 $$ $SET") == "a$ $1 $ value"
