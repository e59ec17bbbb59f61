"""A note with one entry for each of several things, as further kinds of notes are made."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.bounded import Unreadable
from reconciler.notes.entries import Entries
from reconciler.notes.untrusted import LARGEST, value
from reconciler.observed.model import Config
from tests.unit.notes.memory import Memory
from tests.unit.notes.test_record import PINS


def decoded(text: str) -> tuple[str | None, str]:
    try:
        found = value(text)
        return (str(found["at"]), "") if isinstance(found, dict) and "at" in found else (None, "isn't one of ours")
    except Unreadable as error:
        return None, str(error)


def encoded(commit: str) -> dict[str, Any]:
    return {"at": commit}


SOURCES: Entries[str] = Entries(PINS, "source.", decoded, encoded)
STACKS: Entries[str] = Entries(PINS, "stack.", decoded, encoded)


def by_hand(label: str, text: str) -> Config:
    return Config("id", "us-pins", 1, {"Name": "us-pins", "Labels": {PINS.label(label): text}})


def test_what_is_put_is_read_until_it_is_dropped() -> None:
    store = Memory()
    SOURCES.put(store, "us", "git", "c0ffee")
    STACKS.put(store, "us", "shop", "beef")
    SOURCES.put(store, "us", "git", "decade")
    assert SOURCES.read(store.held, "us") == {"git": "decade"}
    assert STACKS.read(store.held, "us") == {"shop": "beef"}
    assert SOURCES.read(store.held, "them") == {}
    SOURCES.drop(store, "us", "git")
    SOURCES.drop(store, "us", "git")
    assert (SOURCES.read(store.held, "us"), STACKS.read(store.held, "us")) == ({}, {"shop": "beef"})


def test_a_thing_may_be_called_count() -> None:
    store = Memory()
    STACKS.put(store, "us", "count", "beef")
    assert STACKS.read(store.held, "us") == {"count": "beef"}


def test_what_somebody_wrote_by_hand_is_left_out_and_told_by_its_name() -> None:
    config = by_hand("stack.sh\x1b[31mop", "{")
    assert STACKS.read({config.name: config}, "us") == {}
    assert list(STACKS.wrong(config)) == [("sh\\x1b[31mop", "isn't JSON")]
    assert list(SOURCES.wrong(config)) == []
    too_long = by_hand("stack.shop", '"' + "x" * LARGEST + '"')
    assert "longer than" in next(STACKS.wrong(too_long))[1]


@given(st.text(), st.text())
def test_whatever_labels_say_nothing_is_raised(label: str, text: str) -> None:
    config = by_hand(label, text)
    STACKS.read({config.name: config}, "us")
    assert all(name.isprintable() for name, _ in STACKS.wrong(config))
