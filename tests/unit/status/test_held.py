"""What is held until a person acts: the whole isn't Ready, and every exit code says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.causes.cause import Cause
from reconciler.control.protocol import Upshot
from reconciler.desired.model import Network
from reconciler.errors import Fault
from reconciler.loop.assess import Memory, assess
from reconciler.plan.model import Key, Kind, Plan
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict
from tests.unit.plan.world import RULES, planned, running, service, stack
from tests.unit.words import hold

NETWORK = Key(Kind.NETWORK, "app_default")
READY = {"app_web": Judgement("app_web", "app", Verdict.READY, "1/1 running")}


@pytest.mark.parametrize("cause", list(Cause))
def test_only_what_needs_somebody_keeps_the_whole_from_being_ready(cause: Cause) -> None:
    held = hold(cause)
    report = Report(1, 0.0, judgements=READY, plan=Plan(holds={NETWORK: held}))
    assert report.held == held.needs_somebody
    worse = Verdict.DEGRADED if cause is Cause.DISPUTED_WITH_OURSELVES else Verdict.WAITING
    assert report.verdict is (worse if held.needs_somebody else Verdict.READY)


def test_a_file_that_does_not_load_degrades_the_whole() -> None:
    assert Report(1, 0.0, judgements=READY, faults=(Fault("a.yaml", 1, 1, "broken"),)).verdict is Verdict.DEGRADED


def test_where_nothing_is_desired_the_whole_is_not_ready() -> None:
    assert Report(1, 0.0).verdict is Verdict.MISSING
    assert Report(1, 0.0, faults=(Fault("a.yaml", 1, 1, "broken"),)).verdict is Verdict.DEGRADED
    assert Report(1, 0.0, plan=Plan(wanted=frozenset({NETWORK}))).verdict is Verdict.READY


def test_a_network_that_waits_for_replacement_is_pending() -> None:
    swarm = running(stack(service()))
    changed = Network("app_default", "app", {"Name": "app_default", "Driver": "overlay", "Internal": True})
    plan = planned([stack(service(), networks=(changed,))], swarm)
    assert plan.holds[NETWORK].cause is Cause.NEEDS_REPLACEMENT
    assert list(plan.pending) == [NETWORK]


def test_services_that_only_consent_keeps_alive_are_judged_too() -> None:
    swarm = running(stack(service(), service("app_b")))
    found = assess([], swarm, RULES, lambda _: None, Memory())
    plan, judged = found.plan, found.judgements
    assert {name: each.verdict for name, each in judged.items()} == {
        "app_b": Verdict.WAITING,
        "app_web": Verdict.WAITING,
    }
    assert judged["app_web"].desired == 1
    assert Report(1, 0.0, plan=plan, judgements=judged).verdict is Verdict.WAITING


def test_services_of_a_file_that_does_not_load_stay_in_sight() -> None:
    swarm = running(stack(service(), service("app_b")))
    judged = assess([stack(service())], swarm, replace(RULES, complete=False), lambda _: None, Memory()).judgements
    assert list(judged) == ["app_web", "app_b"]
    assert judged["app_b"].cause is Cause.FILE_BROKEN


def test_an_upshot_with_holds_is_no_success_and_older_loops_tell_none() -> None:
    upshot = Upshot(1, "Waiting", settled=True, held=1)
    assert upshot.exit() == upshot.exit(wait=False) == 1
    said = {name: value for name, value in upshot.json().items() if name != "held"}
    assert Upshot.of(said).held == 0
