"""The history as it is kept in the Swarm: a ring of segments."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from reconciler import labels
from reconciler.bounded import inflated
from reconciler.notes import history
from reconciler.notes.history import append, clean, entries
from reconciler.notes.history_segments import ENTRIES, KEPT, LAST, SEGMENTS, TEXT
from reconciler.observed.model import Config
from reconciler.passwords import HIDDEN
from reconciler.plan.model import Kind, Result, Verb
from reconciler.redaction import Redact
from reconciler.status.history import HistoryEntry, PastAction
from tests.unit.notes.memory import Memory


def told(store: Memory) -> tuple[HistoryEntry, ...]:
    return entries(store.held, "us")


def an_entry(at: float, by: str = "us") -> HistoryEntry:
    return HistoryEntry(at=at, took=0.1, by=by, wakes=["timer"])


def test_the_last_two_hundred_are_kept_in_order() -> None:
    store = Memory()
    for at in range(KEPT + 3 * ENTRIES):
        assert append(store, "us", [an_entry(at)], Redact.ENV) == 1
    assert len(store.held) == SEGMENTS
    numbers = [each.number for each in told(store)]
    assert numbers == list(range(3 * ENTRIES + 1, KEPT + 3 * ENTRIES + 1))
    assert [each.at for each in told(store)] == [number - 1 for number in numbers]


def test_many_at_once_fill_segment_after_segment() -> None:
    store = Memory()
    left: list[HistoryEntry] = [an_entry(at) for at in range(50)]
    while left:
        left = left[append(store, "us", left, Redact.ENV) :]
    assert store.writes == 3
    assert [each.at for each in told(store)] == list(range(50))


def test_what_another_wrote_meanwhile_stays() -> None:
    store = Memory()
    append(store, "us", [an_entry(1)], Redact.ENV)

    def rival() -> None:
        store.before = lambda: None
        append(store, "us", [an_entry(2, "them")], Redact.ENV)

    store.before = rival
    append(store, "us", [an_entry(3)], Redact.ENV)
    assert [(each.number, each.at) for each in told(store)] == [(1, 1), (2, 2), (3, 3)]


def test_an_entry_whose_answer_was_lost_isnt_written_twice() -> None:
    store = Memory()
    append(store, "us", [an_entry(1), an_entry(2)], Redact.ENV)
    assert append(store, "us", [an_entry(1), an_entry(2), an_entry(3)], Redact.ENV) == 2
    assert append(store, "us", [an_entry(3)], Redact.ENV) == 1
    assert [each.at for each in told(store)] == [1, 2, 3]


def test_a_large_segment_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LARGEST", 10)
    store = Memory()
    append(store, "us", [an_entry(1)], Redact.ENV)
    append(store, "us", [an_entry(2)], Redact.ENV)
    assert len(store.held) == 2
    assert [each.at for each in told(store)] == [1, 2]


@pytest.mark.parametrize("text", ["", "nonsense", "e30=", "eJyLjgUAARUAuQ==", "eJyrBQAA+wB8"])
def test_what_cant_be_read_is_left_out_and_written_over(text: str) -> None:
    store = Memory()
    append(store, "us", [an_entry(1)], Redact.ENV)
    (config,) = store.held.values()
    store.label_config(config, {**config.spec["Labels"], TEXT: text})
    assert not entries(store.held, "us")
    append(store, "us", [an_entry(2)], Redact.ENV)
    assert [(each.number, each.at) for each in told(store)] == [(2, 2)]


def test_what_later_versions_add_is_left_aside() -> None:
    known = an_entry(1).model_dump()
    later = [{**known, "number": 1, "mood": "good"}, {"number": 2}, "odd"]
    text = base64.b64encode(zlib.compress(json.dumps(later).encode())).decode()
    config = Config("id", "us-history-0", 1, {"Name": "us-history-0", "Labels": {TEXT: text}})
    assert [each.number for each in entries({config.name: config}, "us")] == [1]


def in_clear(number: int) -> dict[str, object]:
    change = {"path": "environment.PASSWORD", "before": "old-canary", "after": "new-canary"}
    shortened = {"path": "volumes./data", "before": f"{{'volume': {{'o': 'old-canary{'x' * 200}", "after": None}
    past = PastAction(
        kind=Kind.SERVICE,
        name="shop_web",
        stack="shop",
        action=Verb.UPDATE,
        reason="environment.PASSWORD differs",
        restarts_tasks=True,
        result=Result.FAILED,
        detail='can\'t update: expanding env "PASSWORD=new-canary{{": template: bad',
    ).model_dump()
    return {**an_entry(number).model_dump(), "number": number, "actions": [{**past, "changes": [change, shortened]}]}


def before_redaction(store: Memory, place: int, *numbers: int) -> None:
    """What a version that hid nothing wrote."""
    text = base64.b64encode(zlib.compress(json.dumps(list(map(in_clear, numbers))).encode())).decode()
    written = {labels.OWNER: "us", LAST: str(numbers[-1]), TEXT: text}
    store.create_config({"Name": f"us-history-{place}", "Labels": written}, b"history")
    store.writes = 0


def plain(store: Memory) -> str:
    held = [config.spec["Labels"][TEXT] for config in store.held.values()]
    return " ".join(inflated(text, 1 << 20) for text in held)


def test_what_older_versions_wrote_in_clear_is_hidden_once() -> None:
    store = Memory()
    for place in range(SEGMENTS):
        before_redaction(store, place, 2 * place + 1, 2 * place + 2)
    assert "canary" in plain(store)
    clean(store, "us", Redact.ENV)
    assert "canary" not in plain(store)
    assert HIDDEN in plain(store)
    assert store.writes == SEGMENTS
    assert [each.number for each in told(store)] == list(range(1, 2 * SEGMENTS + 1))
    assert told(store)[0].actions[0].changes[0].path == "environment.PASSWORD"
    clean(store, "us", Redact.ENV)
    assert store.writes == SEGMENTS
    clean(store, "us", Redact.ALL)
    assert store.writes == 2 * SEGMENTS
    clean(store, "us", Redact.NONE)
    assert store.writes == 2 * SEGMENTS


def test_an_entry_beside_older_ones_hides_them_too() -> None:
    store = Memory()
    before_redaction(store, 0, 1)
    append(store, "us", [an_entry(2)], Redact.ENV)
    assert "canary" not in plain(store)
    assert len(told(store)) == 2


def test_a_segment_that_cant_be_read_stays_for_whoever_wrote_it() -> None:
    store = Memory()
    written = {labels.OWNER: "us", LAST: "1", TEXT: "by hand"}
    store.create_config({"Name": "us-history-0", "Labels": written}, b"history")
    before_redaction(store, 1, 2)
    clean(store, "us", Redact.ENV)
    assert store.held["us-history-0"].spec["Labels"] == written
    assert store.writes == 1
