"""Which services a table shows, and how it counts the rest."""

from __future__ import annotations

from dataclasses import replace

from reconciler.cli.shown_services import FEW, of_changes, of_status
from reconciler.verdict.model import Judgement, Verdict

MANY = [Judgement(f"app_{number}", "app", Verdict.READY, "1/1 running") for number in range(200)]
SICK = replace(MANY[7], verdict=Verdict.DEGRADED)
ASIDE = replace(MANY[8], suspended=True)


def test_few_services_are_all_shown_by_status() -> None:
    assert of_status(MANY[:FEW]).shown == tuple(MANY[:FEW])
    assert of_status(MANY[:FEW]).rest == ""


def test_of_many_services_those_are_shown_that_arent_well() -> None:
    job = replace(MANY[1], verdict=Verdict.COMPLETED)
    chosen = of_status([MANY[0], job, *MANY[2:7], SICK, ASIDE, *MANY[9:]])
    assert chosen.shown == (SICK, ASIDE)
    assert chosen.rest == "197 services Ready, 1 service Completed"
    assert of_status(MANY, everything=True).shown == tuple(MANY)


def test_what_changed_or_isnt_well_is_shown_after_changes() -> None:
    chosen = of_changes([*MANY[:7], SICK, *MANY[8:]], ["app_1", "app_2"])
    assert chosen.shown == (MANY[1], MANY[2], SICK)
    assert chosen.rest == "197 services unchanged"
    assert of_changes(MANY[:2], ["app_1"]).rest == "1 service unchanged"
    assert of_changes(MANY[:2], ["app_0", "app_1"]).rest == ""
    assert of_changes(MANY, [], everything=True).shown == tuple(MANY)
