"""Since when things are as they are."""

from __future__ import annotations

from reconciler.verdict.since import Beginnings


def since(beginnings: Beginnings[str], state: str, now: float) -> float | None:
    return beginnings.since({"web": state}, now)["web"]


def test_what_begins_while_we_look_has_its_time_and_what_was_so_before_has_none() -> None:
    beginnings = Beginnings[str]()
    assert since(beginnings, "starting", 10.0) is None
    assert since(beginnings, "starting", 11.0) is None
    assert since(beginnings, "looping", 12.0) == 12.0
    assert since(beginnings, "looping", 13.0) == 12.0
    assert since(beginnings, "exhausted", 14.0) == 14.0
    assert beginnings.since({}, 15.0) == {}
    assert since(beginnings, "exhausted", 16.0) is None


def test_what_appears_later_may_be_new() -> None:
    beginnings = Beginnings[str]()
    assert beginnings.since({"web": "held"}, 10.0, new=10.0) == {"web": None}
    assert beginnings.since({"web": "held", "db": "held"}, 11.0, new=11.0) == {"web": None, "db": 11.0}
    assert beginnings.since({"db": "held"}, 12.0, new=12.0) == {"db": 11.0}
