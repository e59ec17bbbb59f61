"""Suspensions as they are kept in the Swarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler import labels
from reconciler.desired.model import Options, Service, Stack
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.errors import OutOfSequence
from reconciler.notes.kinds import SUSPENDED
from reconciler.notes.suspensions import SERVICES, STACKS, suspensions
from reconciler.observed.model import Config
from tests.unit.notes.memory import Memory

NIGHT = Suspension(1795507200.0, "ann@ops", "migrating")


class Rival(Memory):
    """Somebody else suspends another stack just before each of the first ``faster`` writes."""

    faster = 2

    def label_config(self, config: Config, labels: Mapping[str, str]) -> None:
        if self.faster:
            self.faster -= 1
            given = self.held[config.name].spec["Labels"]
            super().label_config(self.held[config.name], {**given, SUSPENDED.label(f"stack.rival{self.faster}"): "{}"})
        super().label_config(config, labels)


def test_what_is_suspended_is_read_back_until_it_is_resumed() -> None:
    store = Memory()
    assert suspensions(store.held, "us") == Suspensions()
    STACKS.put(store, "us", "shop", NIGHT)
    SERVICES.put(store, "us", "blog_web", replace(NIGHT, reason=""))
    assert suspensions(store.held, "us") == Suspensions({"shop": NIGHT}, {"blog_web": replace(NIGHT, reason="")})
    assert suspensions(store.held, "others") == Suspensions()
    STACKS.drop(store, "us", "shop")
    assert suspensions(store.held, "us").stacks == {}
    SERVICES.drop(store, "us", "blog_web")
    kept = store.held[SUSPENDED.name_of("us")].spec
    assert labels.keeps_our_memory(kept)
    assert kept["Labels"][labels.OWNER] == "us"


def test_what_others_wrote_meanwhile_stays() -> None:
    store = Rival()
    STACKS.put(store, "us", "shop", NIGHT)
    STACKS.put(store, "us", "blog", NIGHT)
    assert set(suspensions(store.held, "us").stacks) == {"shop", "blog", "rival0", "rival1"}
    store.faster = 99
    with pytest.raises(OutOfSequence, match="try again"):
        STACKS.drop(store, "us", "shop")


@pytest.mark.parametrize("text", ["", "by hand", "{}", "[1]", '{"since": "x", "by": 1, "reason": null}'])
def test_whatever_was_written_by_hand_suspends_all_the_same(text: str) -> None:
    spec = {"Name": SUSPENDED.name_of("us"), "Labels": {SUSPENDED.label("stack.shop"): text}}
    now = suspensions({SUSPENDED.name_of("us"): Config("id", SUSPENDED.name_of("us"), 1, spec)}, "us")
    assert str(now.of_service("shop_web", "shop")) == "suspended"


def test_what_was_said_at_run_time_tells_more_than_a_file() -> None:
    services = tuple(Service(f"shop_{key}", "shop", key, {}, options=Options(suspend=True)) for key in "ab")
    said = Suspensions({"shop": NIGHT}).and_of([Stack("shop", "shop.yaml", services, suspend=True)])
    assert said.of_service("shop_a", "shop") == NIGHT
    said = Suspensions({}, {"shop_a": NIGHT}).and_of([Stack("shop", "shop.yaml", services)])
    assert said.of_service("shop_a", "shop") == NIGHT
    assert str(said.of_service("shop_b", "shop")) == "suspended"
    assert said.of_service("shop_c", "shop") is None
