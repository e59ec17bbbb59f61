"""Which events are only notes being written, and whose notes configs are."""

from __future__ import annotations

import pytest

from reconciler import labels
from reconciler.notes.kinds import HISTORY, KINDS, LEASE, SUSPENDED, is_note_event
from reconciler.notes.notices import CHECKS
from reconciler.swarm.events import Event


@pytest.mark.parametrize(
    ("kind", "action", "name", "ours"),
    [
        ("config", "create", "us-history-3", True),
        ("config", "update", "us-history-3", True),
        ("config", "update", "them-history-0", True),
        ("config", "create", "them-history-0", False),
        ("config", "update", "us-history-web", False),
        ("config", "update", "us-suspended", False),
        ("config", "update", "us-lease", True),
        ("config", "remove", "us-lease", True),
        ("config", "update", "them-lease", True),
        ("config", "remove", "them-lease", False),
        ("config", "update", "lease", False),
        ("service", "update", "us-history-3", False),
        ("service", "update", "us-lease", False),
    ],
)
def test_notes_that_are_only_written_down_wake_nobody(kind: str, action: str, name: str, ours: bool) -> None:
    assert is_note_event(Event(kind, action, "id", name), "us") is ours


def test_the_names_and_labels_are_those_of_the_version_before() -> None:
    assert [kind.name_of("us", 7) for kind in KINDS] == ["us-lease", "us-suspended", "us-history-7"]
    assert [kind.label("x") for kind in KINDS] == [f"io.reconciler.{kind.name}.x" for kind in KINDS]
    assert HISTORY.owner_of("us-history-7") == "us"
    assert [kind.owner_of("us-suspended") for kind in (LEASE, SUSPENDED, HISTORY)] == [None, "us", None]


def test_every_kind_is_left_alone_by_plans_and_checked_for_what_cant_be_read() -> None:
    for kind in KINDS:
        assert labels.keeps_our_memory({"Labels": {kind.label("anything"): ""}})
    assert {check.kind for check in CHECKS} == set(KINDS)
