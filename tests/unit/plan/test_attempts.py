"""What is remembered of specs that were tried: contents, not names, and nothing that could be guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler import labels
from reconciler.desired.model import Service, Stack
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot, UpdateStatus
from reconciler.plan.canonical import fingerprint
from reconciler.plan.model import Action, Key, Kind
from reconciler.plan.salted_hashes import Sealed
from tests.unit.plan.world import RULES, after, config, planned, running, secret, service, spec, stack, summary
from tests.unit.words import blocked
from tests.unit.words import rolled_back as taken_back

DONE = UpdateStatus("rollback_completed", "task t1 failed")


def wanted(content: bytes, failure_action: str = "rollback", **container: Any) -> Stack:
    """A service with a config and a secret of the same content."""
    files: dict[str, Any] = {
        "Configs": [{"ConfigName": "app_conf", "File": {"Name": "/c"}}],
        "Secrets": [{"SecretName": "app_key", "File": {"Name": "k"}}],
    }
    given = {**spec(**files, **container), "UpdateConfig": {"FailureAction": failure_action}}
    return stack(replace(service(), spec=given), configs=(config(content),), secrets=(secret(content),))


def rolled_back(to: Snapshot, tried: Stack) -> Snapshot:
    """The Swarm after it tried a spec, and returned to that of ``to``, by itself."""
    plan = planned([tried], to)
    (update,) = [action for action in plan.actions if action.kind is Kind.SERVICE]
    before = to.services["app_web"]
    marked = {**before.spec["Labels"], labels.ATTEMPT: update.seals[labels.ATTEMPT].text}
    service = replace(before, spec={**before.spec, "Labels": marked}, update=DONE, previous_spec=None)
    return replace(after(plan, to), services={"app_web": service})


def by_hand(to: Snapshot, tried: Stack) -> Snapshot:
    """The Swarm after somebody took a spec back that ran."""
    there = after(planned([tried], to), to)
    before, now = to.services["app_web"], there.services["app_web"]
    service = replace(now, spec=before.spec, update=UpdateStatus("rollback_completed"), previous_spec=now.spec)
    return replace(there, services={"app_web": service})


def settled(wanted: Stack, swarm: Snapshot) -> Snapshot:
    """After plans are done until none is left, what was noted included."""
    for _ in range(5):
        plan = planned([wanted], swarm)
        swarm = after(plan, swarm)
        if not plan:
            return swarm
    raise AssertionError(summary(plan))


def is_held(wanted: Stack, swarm: Snapshot) -> bool:
    return "app_web" in taken_back(planned([wanted], swarm))


def test_a_content_that_was_rolled_back_is_remembered_and_one_that_is_new_is_tried() -> None:
    bad, good = wanted(b"bad"), wanted(b"good")
    swarm = settled(bad, rolled_back(running(good), bad))
    assert is_held(bad, swarm)
    swarm = settled(good, swarm)
    assert swarm.configs.keys() == {"app_conf"}
    assert not is_held(wanted(b"new"), swarm)
    swarm = settled(wanted(b"new"), swarm)
    assert not planned([wanted(b"new")], swarm)


def test_the_same_content_is_remembered_when_its_objects_were_made_again() -> None:
    bad, good = wanted(b"bad"), wanted(b"good")
    swarm = settled(good, settled(bad, rolled_back(running(good), bad)))
    assert is_held(bad, swarm)
    assert taken_back(planned([bad], swarm, replace(RULES, salt="another process")))


def test_a_freed_plain_name_means_nothing_either() -> None:
    """The service has no config at first, so the bad one gets the plain name."""
    bare = stack(replace(service(), spec={**spec(), "UpdateConfig": {"FailureAction": "rollback"}}))
    tried = rolled_back(running(bare), wanted(b"bad"))
    for swarm in (tried, settled(wanted(b"bad"), tried)):
        freed = settled(bare, swarm)
        assert not freed.configs
        assert not is_held(wanted(b"new"), freed)
        assert is_held(wanted(b"bad"), freed)


def test_an_attempt_holds_no_hash_of_what_it_leaves_as_it_is_and_slow_ones_of_the_rest() -> None:
    swarm = running(wanted(b"good", Env=["PW=hunter2"]))

    def mark(stack: Stack) -> Sealed:
        return next(each for each in planned([stack], swarm).actions if each.kind is Kind.SERVICE).seals[labels.ATTEMPT]

    image = mark(wanted(b"good", Env=["PW=hunter2"], Image="web:2"))
    assert image.text.startswith("sha256$")
    assert "hunter2" not in image.clear
    env = mark(wanted(b"good", Env=["PW=hunter3"], Image="web:2"))
    assert env.text.startswith("scrypt15$")
    assert "hunter3" not in env.clear
    assert env.salt != mark(wanted(b"good", Env=["PW=hunter4"], Image="web:2")).salt


def test_an_update_of_many_services_costs_one_slow_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"app_{number}" for number in range(5)]

    def all_of(level: str) -> Stack:
        rollback = {"UpdateConfig": {"FailureAction": "rollback"}}
        return stack(
            *(replace(service(name), spec={**spec(name, Env=[f"OWN={name}", level]), **rollback}) for name in names)
        )

    actions = planned([all_of("LEVEL=2")], running(all_of("LEVEL=1"))).actions
    assert len(actions) == len(names)
    assert len({(seal.salt, seal.content) for action in actions for seal in action.seals.values()}) == 1


def test_labels_of_older_versions_are_recognised() -> None:
    bad, good = wanted(b"bad"), wanted(b"good")
    swarm = running(good)
    plan = planned([bad], swarm)
    (update,) = [action for action in plan.actions if action.kind is Kind.SERVICE]
    assert update.spec is not None
    for label, status in ((labels.ATTEMPT, DONE), (labels.ROLLED_BACK, None)):
        old = fingerprint(update.spec)
        found = swarm.services["app_web"]
        text = old if label == labels.ATTEMPT else f"{old} task t1 failed"
        noted = replace(found, spec={**found.spec, "Labels": {**found.spec["Labels"], label: text}}, update=status)
        there = replace(after(plan, swarm), services={"app_web": noted})
        assert is_held(bad, there)
        assert not is_held(bad, replace(there, configs=swarm.configs)), "it was freed, and is used again"


@pytest.mark.parametrize("failure_action", ["pause", "continue", "rollback"])
def test_a_rollback_by_hand_is_respected_under_every_failure_action(failure_action: str) -> None:
    one, two = wanted(b"one", failure_action), wanted(b"two", failure_action)
    swarm = by_hand(running(one), two)
    plan = planned([two], swarm)
    assert taken_back(plan)["app_web"].startswith("by hand (docker service rollback): it changed configs")
    noted = settled(two, swarm)
    assert is_held(two, noted)
    assert not is_held(wanted(b"three", failure_action), noted)
    forced = planned([two], noted, replace(RULES, forced=True))
    assert [action.key for action in forced.actions] == [Key(Kind.SERVICE, "app_web")]


def without(swarm: Snapshot, *names: str) -> Snapshot:
    left = {name: found for name, found in swarm.configs.items() if name not in names}
    return replace(swarm, configs=left)


def service_actions(stack: Stack, swarm: Snapshot) -> list[Action]:
    return [action for action in planned([stack], swarm).actions if action.kind is Kind.SERVICE]


def test_a_spec_whose_objects_are_gone_is_never_written() -> None:
    one, two = wanted(b"one"), wanted(b"two")
    swarm = without(rolled_back(running(one), two), "app_conf")
    assert service_actions(two, swarm) == []
    assert "to a spec whose config app_conf is gone" in taken_back(planned([two], swarm))["app_web"]
    (update,) = service_actions(wanted(b"three"), swarm)
    assert not update.marked_first


def test_a_rollback_by_hand_to_what_cant_run_is_undone() -> None:
    one, two = wanted(b"one", "pause"), wanted(b"two", "pause")
    (update,) = service_actions(two, without(by_hand(running(one), two), "app_conf"))
    assert update.reason == "configs./c.source, secrets.k.source differ"


def test_no_spec_is_written_that_names_what_ignore_keeps_and_is_gone() -> None:
    own = wanted(b"one")
    keeps = replace(own.services[0], options=replace(own.services[0].options, ignore=("configs",)))
    swarm = running(own)
    changed: Service = replace(keeps, spec={**keeps.spec, "Labels": {"a": "b"}})
    found = swarm.services["app_web"]
    text = json.loads(json.dumps(found.spec).replace("app_conf", "app_lost"))
    there = replace(swarm, services={"app_web": observed.Service(found.id, found.name, 1, text)})
    plan = planned([replace(own, services=(changed,))], there)
    assert service_actions(replace(own, services=(changed,)), there) == []
    assert blocked(plan)["app_web"].startswith("config app_lost is gone, and `ignore` keeps it")
