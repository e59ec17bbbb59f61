"""Frozen classes with shared methods behave as the standard library's."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field, replace
from typing import Any

import pytest

from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """Two values that count, and two that don't."""

    x: int
    y: tuple[int, ...] = ()
    seen: int = field(default=0, compare=False)
    hidden: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    x: int
    y: tuple[int, ...] = ()
    seen: int = 0
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value at all."""


@dataclass(frozen=True, slots=True)
class One:
    """It says for itself what equals it."""

    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, One) and self.text.lower() == other.text.lower()

    def __hash__(self) -> int:
        return hash(self.text.lower())


@dataclass(frozen=True, kw_only=True)
class Wide:
    first: int = 1


@dataclass(frozen=True, kw_only=True)
class Wider(Wide):
    second: list[int] = field(default_factory=list)


def test_compares_by_the_fields_that_count() -> None:
    assert Point(1, (2,)) == Point(1, (2,), seen=9)
    assert Point(1) != Point(2)
    assert Point(1) != Point(1, hidden="x")
    other: object = Place(1)
    assert Point(1) != other
    assert Nothing() == Nothing()


def test_hashes_as_it_compares() -> None:
    assert len({Point(1), Point(1, seen=9), Point(2), Nothing(), Nothing()}) == 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(Wider())


def test_keeps_methods_that_a_class_has_itself() -> None:
    assert len({One("a"), One("A")}) == 1


def test_shows_its_fields_but_for_hidden_ones() -> None:
    assert repr(Point(1, hidden="secret")) == "Point(x=1, y=(), seen=0)"
    assert repr(Wider()) == "Wider(first=1, second=[])"


@pytest.mark.parametrize("other", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_can_be_copied(other: Any) -> None:
    assert other(Point(1, (2,), 3, "x")) == Point(1, (2,), 3, "x")


def test_is_a_dataclass() -> None:
    assert replace(Point(1), x=2) == Point(2)
    assert [each.name for each in dataclasses.fields(Wider)] == ["first", "second"]
    assert Point.__match_args__ == ("x", "y", "seen", "hidden")
    assert not hasattr(Point(1), "__dict__")
