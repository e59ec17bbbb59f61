"""Taking over what somebody else made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler import labels
from reconciler.observed import model as observed
from reconciler.plan.model import Kind, Verb
from tests.unit.plan.world import after, config, planned, running, secret, service, spec, stack, summary, unowned


def test_adoption_changes_labels_only_and_takes_secrets_on_trust() -> None:
    wanted = stack(service(), configs=(config(b"x"),), secrets=(secret(b"s"),))
    swarm = unowned(running(wanted))
    plan = planned([wanted], swarm)
    assert summary(plan) == ["adopt config app_conf", "adopt secret app_key", "adopt service app_web"]
    assert not any(action.restarts_tasks for action in plan.actions)
    assert "taken on trust" in plan.warnings[0].message
    adopted = after(plan, swarm)
    assert adopted.services["app_web"].spec["TaskTemplate"] == swarm.services["app_web"].spec["TaskTemplate"]
    assert not planned([wanted], adopted)


def test_an_adopted_service_made_by_hand_lacks_the_labels_of_a_stack_and_isnt_restarted_for_them() -> None:
    by_hand = spec()
    del by_hand["Labels"]
    labelled = spec(Labels={labels.STACK: "app"})
    wanted = stack(replace(service(), spec=labelled))
    swarm = replace(running(stack()), services={"app_web": observed.Service("id", "app_web", 3, by_hand)})
    (action,) = planned([wanted], swarm).actions
    assert action.verb is Verb.ADOPT
    assert action.spec is not None
    assert action.spec["TaskTemplate"] == by_hand["TaskTemplate"]
    assert action.spec["Labels"] == {labels.STACK: "app", labels.OWNER: "reconciler", labels.OBJECT: "service/app_web"}


def test_adopting_beside_a_rotated_config_keeps_its_name() -> None:
    uses: dict[str, Any] = {"Configs": [{"ConfigName": "app_conf", "File": {"Name": "/conf"}}]}
    old, new = stack(service(**uses), configs=(config(b"1"),)), stack(service(**uses), configs=(config(b"2"),))
    rotated = after(planned([new], running(old)), running(old))
    foreign = unowned(rotated)
    wanted = new.services[0]
    labelled = replace(wanted, spec={**wanted.spec, "Labels": {**wanted.spec["Labels"], "added": "yes"}})
    plan = planned([replace(new, services=(labelled,))], foreign)
    adopted = next(action for action in plan.actions if action.kind is Kind.SERVICE)
    assert adopted.verb is Verb.ADOPT
    assert adopted.spec is not None
    (reference,) = adopted.spec["TaskTemplate"]["ContainerSpec"]["Configs"]
    assert reference["ConfigName"] != "app_conf"
