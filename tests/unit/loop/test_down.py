"""Taking a stack down, over a small Swarm in memory."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.desired.suspension import Suspension
from reconciler.errors import EngineUnavailable, ReconcilerError
from reconciler.loop import leadership
from reconciler.loop.down import Down, Order, take_down
from reconciler.notes.suspensions import STACKS
from reconciler.observed.model import Volume
from tests.unit.loop.process import OTHER, Process, process

SHOP = """\
services:
  db: {image: 'db:1', volumes: ['data:/data']}
  web: {image: 'web:1', depends_on: [db], secrets: [key]}
secrets: {key: {environment: KEY}}
volumes: {data: {}}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    monkeypatch.setattr(leadership, "WATCH_EVERY", 0.01)
    made = process(tmp_path / "desired", environ={"KEY": "hunter22"}, poll=0.01)
    made.write("shop", SHOP)
    made.write("other", "services: {web: {image: 'web:1'}}\n")
    made.passes(3)
    asyncio.run(made.parts.leadership.release())
    made.swarm.state.calls.clear()
    made.swarm.state.things["volume"]["shop_data"] = Volume("shop_data", {})
    return made


def down(made: Process, *volumes: str, timeout: float = 30.0) -> Down:
    return asyncio.run(take_down(made.parts, Order("shop", volumes, timeout), lambda *_: None))


def test_a_stack_goes_dependents_first_and_nothing_else(shop: Process) -> None:
    done = down(shop)
    assert done.left == ()
    wrote = shop.swarm.written
    assert wrote.index("remove service shop_web") < wrote.index("remove service shop_db")
    assert wrote.index("remove service shop_db") < wrote.index("remove network shop_default")
    assert shop.swarm.names("service") == ["other_web"]
    assert shop.swarm.names("secret") == []
    assert "shop_data" in shop.swarm.state.things["volume"]


def test_a_volume_goes_only_by_name(shop: Process) -> None:
    assert "volume shop_data" in down(shop, "shop_data").removed
    assert "shop_data" not in shop.swarm.state.things["volume"]


def test_where_another_process_acts_nothing_is_removed(shop: Process) -> None:
    """The holder renews its lease between two looks of ours."""
    acting = process(shop.desired, shop.swarm, OTHER)
    acting.passes()
    acting.swarm.change("other_web", Image="web:2")
    acting.passes()
    lease = "reconciler-lease"

    def renews(call: str) -> None:
        if call == f"read config {lease}":
            found = shop.swarm.state.things["config"][lease]
            shop.swarm.state.things["config"][lease] = replace(found, version=found.version + 1)

    shop.swarm.state.before = renews
    with pytest.raises(ReconcilerError, match=f"process {OTHER.pid} on other acts on this Swarm"):
        down(shop)
    assert shop.swarm.names("service") == ["other_web", "shop_db", "shop_web"]


def test_what_is_suspended_is_not_removed(shop: Process) -> None:
    STACKS.put(shop.swarm, "reconciler", "shop", Suspension(reason="night"))
    with pytest.raises(ReconcilerError, match="stack shop is suspended"):
        down(shop)
    assert "shop_db" in shop.swarm.names("service")


def test_an_engine_that_is_gone_is_an_error_and_what_is_left_stays(shop: Process) -> None:
    shop.swarm.state.gone = EngineUnavailable("the engine doesn't answer")
    with pytest.raises(EngineUnavailable):
        down(shop)
    shop.swarm.state.gone = None
    assert down(shop).left == ()
