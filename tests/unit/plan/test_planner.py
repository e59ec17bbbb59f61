"""What a plan holds, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.desired.model import Condition, Dependency, Generate, Location, Need, Network
from reconciler.plan.model import Key, Kind
from tests.unit.plan.world import EMPTY, RULES, after, config, planned, running, secret, service, spec, stack, summary
from tests.unit.words import blocked, held


def test_a_first_plan_creates_everything_and_the_second_is_empty() -> None:
    wanted = stack(
        service(), configs=(config(b"x"),), secrets=(secret(b"s"), secret(b"", "app_made", generate=Generate()))
    )
    first = planned([wanted])
    assert summary(first) == [
        "create network app_default",
        "create config app_conf",
        "create secret app_key",
        "create secret app_made",
        "create service app_web",
    ]
    second = planned([wanted], after(first, EMPTY))
    assert not second
    assert second.unchanged == 5


def test_dependencies_come_first() -> None:
    web = replace(service("app_a"), depends_on=(Dependency("app_z", Condition.HEALTHY),))
    assert summary(planned([stack(web, service("app_z"))]))[1:] == ["create service app_z", "create service app_a"]


def test_another_owners_objects_are_left_alone() -> None:
    wanted = stack(service())
    plan = planned([wanted], running(wanted), replace(RULES, owner="somebody"))
    assert summary(plan) == []
    assert held(plan)[Key(Kind.SERVICE, "app_web")] == "belongs to reconciler: remove it there, or use another name"
    assert blocked(plan).keys() == {"app_web"}


def test_a_stack_that_asks_for_more_than_the_engine_has_is_refused_whole() -> None:
    need = Need("services.web.volumes.0.type", (1, 42), "23.0", Location("app.yaml", 3, 5))
    plan = planned([stack(replace(service(), needs=(need,)), service("app_db"))])
    assert plan.actions == ()
    assert [error.message for error in plan.errors] == ["services.web.volumes.0.type needs engine 23.0"]
    assert blocked(plan).keys() == {"app_web", "app_db"}


def test_a_network_of_another_stack_that_is_only_about_to_be_made_isnt_missed() -> None:
    theirs = Network("app_default", "other", {"Name": "app_default"}, external=True)
    other = replace(stack(networks=(theirs,)), name="other")
    assert planned([stack(service()), other]).warnings == ()
    (warning,) = planned([other]).warnings
    assert "external network app_default isn't there" in warning.message


@pytest.mark.parametrize("kind", ["network", "config", "secret"])
def test_what_needs_an_external_object_that_isnt_there_is_blocked_until_it_is(kind: str) -> None:
    mine = replace(stack().networks[0], external=kind == "network")
    uses: dict[str, Any] = {"Configs": [{"ConfigName": "app_conf"}], "Secrets": [{"SecretName": "app_key"}]}
    conf, key = config(b"c"), secret(b"k")
    theirs: dict[str, Any] = {
        "configs": (replace(conf, external=kind == "config"),),
        "secrets": (replace(key, external=kind == "secret"),),
    }
    wanted = stack(service(**uses), networks=(mine,), **theirs)
    lacking = planned([wanted])
    assert [action.kind for action in lacking.actions if action.kind is Kind.SERVICE] == []
    (why,) = blocked(lacking).values()
    assert why.startswith(f"external {kind} app_")
    assert held(lacking)[Key(Kind.SERVICE, "app_web")] == why
    everything = after(planned([stack(configs=(conf,), secrets=(key,))]), EMPTY)
    assert blocked(planned([wanted], everything)) == {}


def test_what_was_chosen_and_is_not_in_the_file_is_told_with_each_action() -> None:
    chosen = replace(service(), notes=("update_config chosen",))
    created = planned([stack(chosen)])
    assert created.actions[-1].notes == ("update_config chosen",)
    changed = replace(chosen, spec=spec(Image="web:2"))
    assert planned([stack(changed)], running(stack(chosen))).actions[0].notes == ("update_config chosen",)
