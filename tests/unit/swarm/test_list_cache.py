"""A list that says the same again is the same object, so nothing is computed twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import EngineUnavailable
from reconciler.swarm.list_cache import Lists

A: dict[str, Any] = {"Id": "a", "Name": "x", "ID": "1", "Scope": "swarm", "Containers": None}
B: dict[str, Any] = {"Id": "b", "Name": "w", "ID": "2", "Scope": "swarm", "Containers": None}
REST = {**A, "Containers": {}}
"""The engine's local copy of one of Swarm's networks."""


def listed(kind: str, *answers: Any) -> list[Any]:
    """Return the results of one answer of the engine after another."""
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


def leaderless(*networks: Any, nodes: Callable[[], bytes]) -> Lists:
    answers = iter([json.dumps(answer).encode() for answer in networks])
    return Lists(lambda kind: nodes() if kind == "nodes" else next(answers))


def test_networks_of_which_none_is_the_swarms_are_no_answer_while_it_has_no_leader() -> None:
    def refuse() -> bytes:
        raise EngineUnavailable("The swarm does not have a leader")

    with pytest.raises(EngineUnavailable):
        leaderless([REST], nodes=refuse).of("networks")
    assert leaderless([REST], [A, B], nodes=lambda: b"[]").of("networks") == [A, B], "it has one again meanwhile"
    assert leaderless([REST], [REST], nodes=lambda: b"[]").of("networks") == [REST], "its only one is leaving"
