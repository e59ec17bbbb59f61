"""One note: created once, changed by compare-and-swap, removed as it was read."""

from __future__ import annotations

import pytest

from reconciler import labels
from reconciler.errors import OutOfSequence
from reconciler.notes.kinds import HISTORY, Kind
from reconciler.notes.record import TRIES, Record
from tests.unit.notes.memory import Memory

PINS = Kind("pins", labels.NOTE + "pins.", wakes=True)
"""A kind as others may be added."""
A, B, COUNT = PINS.label("a"), PINS.label("b"), PINS.label("count")


def record(store: Memory) -> Record:
    return Record(store, PINS, "us")


def test_it_is_created_once_and_read_back() -> None:
    store = Memory()
    assert record(store).read() is None
    assert record(store).write(None, {A: "1"})
    assert not record(store).write(None, {A: "2"}), "somebody created it meanwhile"
    found = record(store).read()
    assert found is not None
    assert (found.name, found.data) == ("us-pins", b"pins")
    assert found.spec["Labels"] == {labels.OWNER: "us", A: "1"}


def test_of_two_that_read_the_same_version_one_writes() -> None:
    store = Memory()
    record(store).write(None, {A: "1"})
    seen = record(store).read()
    assert record(store).write(seen, {A: "2"})
    assert not record(store).write(seen, {A: "3"})
    assert store.held["us-pins"].spec["Labels"][A] == "2"
    store.held.clear()
    assert not record(store).write(seen, {A: "4"}), "it was removed meanwhile"


def test_a_change_keeps_what_others_write_meanwhile() -> None:
    store = Memory()

    def rival() -> None:
        store.before = lambda: None
        record(store).change(lambda given: {**given, A: "theirs"})

    store.before = rival
    record(store).change(lambda given: {**given, B: "ours"})
    assert store.held["us-pins"].spec["Labels"] == {labels.OWNER: "us", A: "theirs", B: "ours", COUNT: "2"}
    record(store).change(lambda given: {})
    assert store.held["us-pins"].spec["Labels"] == {labels.OWNER: "us", COUNT: "0"}


def test_a_change_that_others_are_always_faster_than_is_given_up() -> None:
    store = Memory()
    record(store).write(None, {})

    def rival() -> None:
        before, store.before = store.before, lambda: None
        assert record(store).write(record(store).read(), {A: "theirs"})
        store.before = before

    store.before = rival
    with pytest.raises(OutOfSequence, match="us-pins: others write it all the time"):
        record(store).change(lambda given: {**given, B: "ours"})
    assert store.writes == 1 + TRIES + TRIES, "each try of ours, and each write of theirs"


def test_it_is_removed_as_it_was_read_and_not_otherwise() -> None:
    store = Memory()
    record(store).write(None, {A: "1"})
    seen = record(store).read()
    assert seen is not None
    assert record(store).write(seen, {A: "2"})
    assert not record(store).remove(seen)
    now = record(store).read()
    assert now is not None
    assert record(store).remove(now)
    assert store.held == {}
    assert record(store).remove(now), "it is gone already"
    record(store).write(None, {A: "3"})
    assert not record(store).remove(now), "another one has its name"


def test_it_may_go_between_the_last_look_and_the_removal() -> None:
    store = Memory()
    record(store).write(None, {A: "1"})
    now = record(store).read()
    assert now is not None
    store.before = store.held.clear
    assert record(store).remove(now)


def test_a_ring_has_a_record_for_each_place() -> None:
    store = Memory()
    for place in (3, 10):
        assert Record(store, HISTORY, "us", place).write(None, {})
    assert HISTORY.find(store.configs("us-history-"), "us").keys() == {3, 10}
    assert HISTORY.find(store.held, "them") == {}
