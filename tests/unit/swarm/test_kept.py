"""A list that says the same again is the same object, so that nothing is worked out anew."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.swarm.kept import Lists

A, B = {"Id": "a", "Name": "x", "ID": "1"}, {"Id": "b", "Name": "w", "ID": "2"}


def listed(kind: str, *answers: Any) -> list[Any]:
    """What comes of one answer of the engine after another."""
    contents = iter([json.dumps(answer).encode() for answer in answers])
    lists = Lists(lambda _: next(contents))
    return [lists.of(kind) for _ in answers]


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("networks", [A, B], [B, A]),
        ("volumes", {"Volumes": [A, B], "Warnings": None}, {"Volumes": [B, A], "Warnings": None}),
    ],
)
def test_the_order_of_what_the_engine_keeps_in_a_map_says_nothing(kind: str, one: Any, other: Any) -> None:
    first, second, less = listed(kind, one, other, [A] if kind == "networks" else {"Volumes": [A]})
    assert first is second
    assert less != first


@pytest.mark.parametrize("nothing", [None, {"Volumes": None}])
def test_no_volume_is_no_fault(nothing: Any) -> None:
    (found,) = listed("volumes", nothing)
    assert not (found or {}).get("Volumes")


def test_a_list_in_another_order_is_another_where_order_is_the_engines_own() -> None:
    first, second, third = listed("tasks", [A, B], [A, B], [B, A])
    assert first is second
    assert third == [B, A]
