"""Passes over a small Swarm in memory: what is written, what isn't, and what is reported."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from reconciler.causes.cause import Cause
from reconciler.errors import EngineUnavailable, Refused
from reconciler.loop.survey import survey
from reconciler.observed.model import TaskState
from reconciler.plan.model import Result
from reconciler.verdict.model import Verdict
from tests.unit.loop.process import OTHER, Process, process

WEB = "services: {web: {image: 'web:1'}}\n"
SHOP = """\
services:
  db: {image: 'db:1'}
  web: {image: 'web:1', depends_on: [db], environment: {PASSWORD: hunter22}, configs: [conf]}
configs: {conf: {content: 'level: 1'}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Process:
    """A process and a stack that it has converged."""
    made = process(tmp_path / "desired")
    made.write("shop", SHOP)
    assert made.passes(3).verdict is Verdict.READY
    made.swarm.state.calls.clear()
    return made


def test_a_stack_is_made_in_order_and_then_left_alone(tmp_path: Path) -> None:
    made = process(tmp_path / "desired")
    made.write("shop", SHOP)
    assert made.passes(3).verdict is Verdict.READY
    wrote = made.swarm.written
    assert wrote.index("create network shop_default") < wrote.index("create service shop_db")
    assert wrote.index("create service shop_db") < wrote.index("create service shop_web")
    made.swarm.state.calls.clear()
    report = made.passes(3)
    assert (made.swarm.written, len(report.plan.actions), report.outcomes) == ([], 0, ())


def test_a_change_by_hand_is_reverted_by_one_write(shop: Process) -> None:
    shop.swarm.change("shop_db", Image="db:2")
    report = shop.passes()
    assert [str(outcome.result) for outcome in report.outcomes] == ["changed"]
    assert shop.swarm.written == ["update service shop_db"]
    assert shop.swarm.state.things["service"]["shop_db"].spec["TaskTemplate"]["ContainerSpec"]["Image"] == "db:1"


def test_an_engine_that_cant_be_asked_is_reported_and_the_next_pass_goes_on(shop: Process) -> None:
    shop.swarm.state.gone = EngineUnavailable("the engine doesn't answer")
    report = shop.passes()
    assert (report.engine_error, report.verdict) == ("the engine doesn't answer", Verdict.UNKNOWN)
    assert {each.cause for each in report.judgements.values()} == {Cause.ENGINE_UNAVAILABLE}
    shop.swarm.state.gone = None
    assert shop.passes().verdict is Verdict.READY


def test_a_pass_ends_when_its_time_is_over(tmp_path: Path) -> None:
    made = process(tmp_path / "desired", pass_timeout=0.05)
    made.write("shop", WEB)
    made.swarm.state.before = lambda call: time.sleep(0.2) if call == "observe" else None
    assert "no pass was over within 0.05 s" in made.passes().engine_error
    made.swarm.state.before = lambda _: None
    assert made.passes(2).verdict is Verdict.READY


def test_what_another_writes_between_look_and_write_is_planned_again(shop: Process) -> None:
    def faster(call: str) -> None:
        if call == "update service shop_db":
            shop.swarm.state.before = lambda _: None
            shop.swarm.change("shop_db", Image="db:3")

    shop.swarm.change("shop_db", Image="db:2")
    shop.swarm.state.before = faster
    (outcome,) = shop.passes().outcomes
    assert (outcome.result, outcome.passing) == (Result.WAITING, True)
    assert shop.passes(3).verdict is Verdict.READY
    assert shop.swarm.state.things["service"]["shop_db"].spec["TaskTemplate"]["ContainerSpec"]["Image"] == "db:1"


def test_a_lease_that_is_lost_between_plan_and_write_forbids_the_write(shop: Process) -> None:
    def lost(call: str) -> None:
        if call.startswith("update service"):
            shop.swarm.state.clock.now += 60.0

    shop.swarm.change("shop_db", Image="db:2")
    shop.swarm.state.before = lost
    (outcome,) = shop.passes().outcomes
    assert outcome.result is Result.WAITING
    assert "lease was lost" in outcome.detail
    assert "update service shop_db" not in shop.swarm.written


def test_a_standby_writes_nothing_names_the_holder_and_takes_over_when_the_lease_expires(shop: Process) -> None:
    second = process(shop.desired, shop.swarm, OTHER)
    shop.swarm.change("shop_db", Image="db:2")
    report = second.passes()
    assert report.standby.startswith("process ")
    assert (report.outcomes, second.swarm.written) == ((), [])
    second.swarm.state.clock.now += 11.0
    assert second.passes(2).verdict is Verdict.READY
    assert "update service shop_db" in second.swarm.written


def test_what_the_engine_refuses_waits_and_holds_back_nothing_else(tmp_path: Path) -> None:
    made = process(tmp_path / "desired")
    made.write("bad", "services: {web: {image: 'bad:1'}}\n")
    made.write("good", WEB)
    made.swarm.state.refusals["create service bad_web"] = Refused("invalid reference")
    report = made.passes(2)
    assert report.judgements["good_web"].verdict is Verdict.READY
    assert report.judgements["bad_web"].cause is Cause.WRITE_REFUSED
    made.swarm.state.refusals.clear()
    assert made.passes(2, forced=True).verdict is Verdict.READY


def test_a_dependent_waits_until_what_it_needs_is_ready(tmp_path: Path) -> None:
    made = process(tmp_path / "desired")
    made.write("shop", SHOP)

    def starting(call: str) -> None:
        if call == "observe" and "shop_db" in made.swarm.state.things["service"]:
            made.swarm.set_tasks("shop_db", TaskState.STARTING)

    made.swarm.state.before = starting
    report = made.passes(3)
    assert made.swarm.names("service") == ["shop_db"]
    assert report.judgements["shop_web"].cause is Cause.DEPENDENCY_NOT_READY
    made.swarm.state.before = lambda _: None
    made.swarm.set_tasks("shop_db", TaskState.RUNNING)
    assert made.passes(3).verdict is Verdict.READY


def test_removals_of_most_services_wait_for_consent_which_ends_with_them(tmp_path: Path) -> None:
    made = process(tmp_path / "desired")
    for name in "abc":
        made.write(name, WEB)
    made.passes(2)
    for name in "ab":
        (made.desired / f"{name}.yaml").unlink()
    report = made.passes(2)
    assert report.plan.needs_consent
    assert report.verdict is not Verdict.READY
    assert made.swarm.names("service") == ["a_web", "b_web", "c_web"]
    made.parts.memory.consent.give()
    made.passes(2)
    assert made.swarm.names("service") == ["c_web"]
    assert not made.parts.memory.consent.given


def test_files_that_changed_just_now_remove_nothing_yet(shop: Process) -> None:
    careful = process(shop.desired, shop.swarm, removal_delay=5.0)
    careful.passes()
    (careful.desired / "shop.yaml").write_text(SHOP.replace("  db: {image: 'db:1'}\n", "").replace("[db]", "[]"))
    report = careful.passes()
    assert report.plan.settling
    assert "shop_db" in careful.swarm.names("service")
    careful.swarm.state.clock.now += 10.0
    careful.passes(2)
    assert careful.swarm.names("service") == ["shop_web"]


def test_a_file_that_breaks_leaves_its_last_good_state_in_force(shop: Process) -> None:
    (shop.desired / "shop.yaml").write_text("services: [")
    shop.swarm.change("shop_db", Image="db:2")
    report = shop.passes(2)
    assert report.faults
    assert report.verdict is Verdict.DEGRADED
    assert "update service shop_db" in shop.swarm.written
    assert shop.swarm.names("service") == ["shop_db", "shop_web"]


def test_a_process_that_stops_begins_no_write(shop: Process) -> None:
    shop.swarm.change("shop_db", Image="db:2")
    shop.parts.memory.stopping = True
    assert (shop.passes().outcomes, shop.swarm.written) == ((), [])


def test_a_survey_finds_what_a_pass_would_do_and_writes_nothing(shop: Process) -> None:
    shop.swarm.change("shop_db", Image="db:2")
    report, snapshot = survey(process(shop.desired, shop.swarm).parts)
    assert [action.name for action in report.plan.actions] == ["shop_db"]
    assert snapshot.services.keys() == {"shop_db", "shop_web"}
    assert shop.swarm.written == []


def test_a_report_hides_values_that_the_plain_one_has(shop: Process) -> None:
    def values(report: Any) -> str:
        return str([change for outcome in report.outcomes for change in outcome.action.changes])

    shop.write("shop", SHOP.replace("hunter22", "correct-horse"))
    report = shop.passes()
    assert "correct-horse" not in values(report)
    assert shop.reconciler.plain is not None
    assert "correct-horse" in values(shop.reconciler.plain)


def test_a_forced_pass_ends_the_wait_after_a_failure(shop: Process) -> None:
    shop.swarm.state.refusals["update service shop_db"] = Refused("no")
    shop.swarm.change("shop_db", Image="db:2")
    for _ in range(4):
        shop.passes()
    shop.swarm.state.refusals.clear()
    assert [str(outcome.result) for outcome in shop.passes(forced=True).outcomes] == ["changed"]


def test_holds_and_failures_say_since_when(shop: Process) -> None:
    shop.swarm.state.refusals["update service shop_db"] = Refused("no")
    shop.swarm.change("shop_db", Image="db:2")
    began = shop.swarm.state.clock.now
    for _ in range(4):
        (outcome,) = shop.passes().outcomes
        assert outcome.since == began
    for name in "abc":
        shop.write(name, WEB)
    shop.swarm.state.refusals.clear()
    shop.passes(2, forced=True)
    for name in ("a", "b", "c", "shop"):
        (shop.desired / f"{name}.yaml").unlink()
    shop.write("d", WEB)
    began = shop.swarm.state.clock.now
    report = shop.passes(3)
    assert report.plan.holds
    assert {hold.since for hold in report.plan.holds.values()} == {began}
