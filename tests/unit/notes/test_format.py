"""Notes as they are in the Swarm: another version reads what this one writes, and the other way round."""

from __future__ import annotations

from typing import Any

from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.notes.history import append, entries
from reconciler.notes.lease import Lease, acting
from reconciler.notes.notices import Notices
from reconciler.notes.suspensions import SERVICES, STACKS, suspensions
from reconciler.observed.model import Config
from reconciler.process_identity import Identity
from reconciler.redaction import Redact
from tests.unit.notes.memory import Memory
from tests.unit.notes.test_history import an_entry

ME = Identity("host", "boot", "1", 7, "9")
NIGHT = Suspension(1795507200.0, "ann@ops", "migrating")
HISTORY = {
    "io.reconciler.history.last": "1",
    "io.reconciler.history.redacted": "env",
    "io.reconciler.history.entries": (
        "eNqLrlbKK81NSi1SslIw1FFQSiwBMkz1DIDMkvz8bCDHQA8knlQJZCqVFisB2eWJ2anFQG60UklmLlBnbG0sALAyE6Q="
    ),
    "io.reconciler.history.sum": "c37ca435f4943bef",
}
"""A segment of one entry, as version 0.1.0 wrote it."""


def labels(store: Memory, name: str) -> dict[str, Any]:
    found: dict[str, Any] = dict(store.held[name].spec["Labels"])
    assert found.pop("io.reconciler.owner") == "us"
    return found


def test_what_is_written() -> None:
    store = Memory()
    assert Lease(store, "us", ME, lambda: 0.0).acquire()
    STACKS.put(store, "us", "shop", NIGHT)
    SERVICES.put(store, "us", "blog_web", NIGHT)
    append(store, "us", [an_entry(5)], Redact.ENV)
    assert {name: config.data for name, config in store.held.items()} == {
        "us-lease": b"lease",
        "us-suspended": b"suspended",
        "us-history-0": b"history",
    }
    assert labels(store, "us-lease") == {"io.reconciler.lease.holder": str(ME), "io.reconciler.lease.renewed": "0"}
    text = '{"since": 1795507200.0, "by": "ann@ops", "reason": "migrating"}'
    assert labels(store, "us-suspended") == {
        "io.reconciler.suspended.count": "2",
        "io.reconciler.suspended.stack.shop": text,
        "io.reconciler.suspended.service.blog_web": text,
    }
    assert labels(store, "us-history-0") == HISTORY


def note(name: str, **given: str) -> Config:
    return Config("id", name, 1, {"Name": name, "Labels": {"io.reconciler.owner": "us", **given}})


def test_what_the_version_before_wrote_is_read() -> None:
    written = [
        note("us-lease", **{"io.reconciler.lease.holder": "host/boot/1/7/9", "io.reconciler.lease.renewed": "12"}),
        note(
            "us-suspended",
            **{
                "io.reconciler.suspended.count": "1",
                "io.reconciler.suspended.stack.shop": '{"since": 1795507200.0, "by": "ann@ops", "reason": "migrating"}',
            },
        ),
        note("us-history-0", **HISTORY),
    ]
    configs = {config.name: config for config in written}
    assert acting(configs, "us") == "process 7 on host"
    assert suspensions(configs, "us") == Suspensions({"shop": NIGHT})
    assert [(each.number, each.at) for each in entries(configs, "us")] == [(1, 5.0)]
    assert Notices("us").of(configs) == ()
