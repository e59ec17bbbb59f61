"""Notes in the Swarm that somebody wrote by hand: one warning for each, and nothing else changes."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import labels
from reconciler.desired.suspension import Suspension
from reconciler.notes.history import append, entries
from reconciler.notes.history_segments import LAST, TEXT
from reconciler.notes.kinds import LEASE, SUSPENDED
from reconciler.notes.lease import HOLDER, TTL, Lease, acting
from reconciler.notes.notices import Notices
from reconciler.notes.suspensions import STACKS, suspensions
from reconciler.observed.model import Config
from reconciler.process_identity import Identity
from reconciler.redaction import Redact
from tests.unit.notes.memory import Memory
from tests.unit.notes.test_history import an_entry

OWNER = {labels.OWNER: "us"}
OTHERS = json.dumps([{**an_entry(1).model_dump(), "at": 1e30}])


def note(name: str, given: dict[str, str]) -> dict[str, Config]:
    return {name: Config("id", name, 1, {"Name": name, "Labels": {**OWNER, **given}})}


def packed(text: bytes) -> str:
    return base64.b64encode(zlib.compress(text, 9)).decode()


def history(last: str, text: str) -> dict[str, Config]:
    return note("us-history-0", {LAST: last, TEXT: text})


def suspended(text: str) -> dict[str, Config]:
    return note(SUSPENDED.name_of("us"), {SUSPENDED.label("service.us_web"): text})


def lease(holder: str) -> dict[str, Config]:
    return note(LEASE.name_of("us"), {HOLDER: holder})


BY_HAND = [
    lease("h/b/n/²/s"),
    lease(f"h/b/n/{'9' * 5000}/s"),
    lease("by hand\x1b[31m"),
    lease("h/b/n/1"),
    history("²", packed(b"[]")),
    history("9" * 5000, packed(b"[]")),
    history("1", packed(b"[" * 200_000 + b"]" * 200_000)),
    history("1", packed(b"[" + b" " * 200_000_000 + b"]")),
    history("1", packed(OTHERS.encode())),
    history("1", packed(b'[{"at": 1}]')),
    history("1", packed(b"{}")),
    history("1", packed(b"[NaN]")),
    history("1", "no base64"),
    suspended('{"since": 1795845595000, "by": "ops", "reason": "x"}'),
    suspended('{"since": 1e999, "by": "ops", "reason": "x"}'),
    suspended("[" * 20_000),
    suspended('{"since": true, "by": "ops", "reason": "x"}'),
    suspended("by hand"),
]


@pytest.mark.parametrize("configs", BY_HAND, ids=range(len(BY_HAND)))
def test_each_costs_one_warning_that_names_it(configs: dict[str, Config]) -> None:
    name = next(iter(configs))
    notices = Notices("us")
    (warning,) = notices.of(configs)
    assert warning.file == f"config {name}"
    assert "docker config rm" in warning.hint
    assert str(warning).isprintable()
    assert len(str(warning)) < 400
    assert notices.of(configs) == (warning,)
    assert Notices("others").of(configs) == ()


@pytest.mark.parametrize("configs", BY_HAND, ids=range(len(BY_HAND)))
def test_what_else_is_there_is_read_and_written(configs: dict[str, Config]) -> None:
    store = Memory()
    store.held.update(configs)
    assert entries(configs, "us") == ()
    assert append(store, "us", [an_entry(1)], Redact.ENV) == 1
    assert [each.at for each in entries(store.held, "us")] == [1.0]
    STACKS.put(store, "us", "shop", Suspension(1.0, "ann@ops", "x"))
    assert suspensions(store.held, "us").stacks["shop"].since == 1.0
    assert str(acting(configs, "us")).isprintable()


def test_what_is_well_costs_no_warning() -> None:
    store = Memory()
    append(store, "us", [an_entry(1)], Redact.ENV)
    STACKS.put(store, "us", "shop", Suspension(1.0, "ann@ops", "x"))
    me = Identity("host", "boot", "1", 7, "9")
    assert Lease(store, "us", me, lambda: 0.0).acquire()
    assert Notices("us").of(store.held) == ()


def test_a_suspension_by_hand_suspends_and_keeps_its_words() -> None:
    found = suspensions(suspended('{"since": 1795845595000, "by": "ops", "reason": "x"}'), "us").services["us_web"]
    assert str(found) == "suspended by ops (x)"
    deep = suspensions(suspended("[" * 20_000), "us").services["us_web"]
    assert str(deep) == "suspended"
    assert len(deep.reason) <= 500


def test_a_holder_that_cant_be_read_holds_until_it_was_silent_for_the_lease_time() -> None:
    store, now = Memory(), 100.0
    store.held.update(lease("by hand"))
    one = Lease(store, "us", Identity("host", "boot", "1", 7, "9"), lambda: now)
    two = Lease(store, "us", Identity("other", "its own boot", "1", 8, "9"), lambda: now)
    assert not one.acquire()
    assert not two.acquire()
    now += TTL - 0.1
    assert not one.acquire()
    now += 0.2
    assert one.acquire()
    assert not two.acquire()


LABELS = st.dictionaries(
    st.sampled_from([HOLDER, TEXT, LAST, SUSPENDED.label("stack.shop"), SUSPENDED.label("service.shop_web"), "other"]),
    st.text() | st.binary().map(packed) | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps),
)


@given(LABELS)
def test_whatever_labels_say_nothing_is_raised(given: dict[str, str]) -> None:
    configs = {
        **note(LEASE.name_of("us"), given),
        **note(SUSPENDED.name_of("us"), given),
        **note("us-history-3", given),
    }
    assert len(Notices("us").of(configs)) <= 3
    str(suspensions(configs, "us").of_service("shop_web", "shop"))
    entries(configs, "us")
    acting(configs, "us")


def test_what_we_packed_is_believed_only_as_it_was_packed() -> None:
    store = Memory()
    append(store, "us", [an_entry(1)], Redact.ENV)
    (config,) = store.held.values()
    written = {**config.spec["Labels"], TEXT: packed(OTHERS.encode())}
    assert Notices("us").of({config.name: replace(config, spec={**config.spec, "Labels": written})})
