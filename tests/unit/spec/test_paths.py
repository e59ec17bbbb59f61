"""Values of a spec by their API path."""

from __future__ import annotations

import pytest

from reconciler.desired.model import Spec
from reconciler.spec.paths import get, mode, put


@pytest.mark.parametrize("spec", [{}, {"A": None}, {"A": []}, {"A": "text"}, {"A": {}}])
def test_what_is_missing_anywhere_on_the_way_is_none(spec: Spec) -> None:
    assert get(spec, ("A", "B", "C")) is None


def test_a_value_is_put_with_what_is_around_it_and_taken_away_alone() -> None:
    spec: Spec = {"A": None}
    put(spec, ("A", "B"), 0)
    put(spec, ("A", "C"), 1)
    assert spec == {"A": {"B": 0, "C": 1}}
    put(spec, ("A", "B"), None)
    put(spec, ("A", "D"), None)
    assert spec == {"A": {"C": 1}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "replicated"),
        ({"Mode": None}, "replicated"),
        ({"Mode": {"Replicated": {}}}, "replicated"),
        ({"Mode": {"Global": {}}}, "global"),
        ({"Mode": {"ReplicatedJob": None}}, "replicated-job"),
        ({"Mode": {"GlobalJob": {}}}, "global-job"),
    ],
)
def test_the_mode_in_words_of_compose(given: Spec, words: str) -> None:
    assert mode(given) == words
