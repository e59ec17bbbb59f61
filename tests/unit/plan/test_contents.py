"""Configs and secrets, which rotate."""

from __future__ import annotations

from dataclasses import replace

from reconciler import labels
from reconciler.desired.model import Generate, Stack
from reconciler.plan.model import Key, Kind, Verb
from tests.unit.plan.world import RULES, after, config, planned, running, secret, service, stack, summary


def test_a_changed_config_rotates_and_the_old_one_goes_when_unused() -> None:
    def world(data: bytes) -> Stack:
        return stack(service(Configs=[{"ConfigName": "app_conf", "File": {"Name": "/c"}}]), configs=(config(data),))

    one, two = world(b"1"), world(b"2")
    swarm = running(one)
    plan = planned([two], swarm)
    new = plan.actions[0].name
    assert summary(plan) == [f"create config {new}", "update service app_web"]
    assert new.startswith("app_conf-")
    assert plan.held[Key(Kind.CONFIG, "app_conf")] == "no longer desired, but still used by app_web"
    moved = after(plan, swarm)
    assert summary(planned([two], moved)) == ["remove config app_conf"]
    back = planned([one], after(planned([two], moved), moved))
    assert summary(back)[0] == "create config app_conf"


def test_a_changed_secret_rotates_and_its_digest_is_salted() -> None:
    swarm = running(stack(secrets=(secret(b"one"),)))
    plan = planned([stack(secrets=(secret(b"hunter2"),))], swarm)
    created = plan.actions[0]
    assert created.name.startswith("app_key-")
    assert created.spec is not None
    assert created.spec["Labels"][labels.DIGEST].startswith("scrypt$pepper$")
    assert "hunter2" not in repr(plan)
    assert not planned([stack(secrets=(secret(b"one"),))], swarm, replace(RULES, salt="other"))


def test_a_generated_secret_is_never_removed() -> None:
    swarm = running(stack(service(), service("app_b"), secrets=(secret(b"", generate=Generate()),)))
    plan = planned([stack(service(), service("app_b"))], swarm)
    assert summary(plan) == []
    assert "kept for good" in plan.held[Key(Kind.SECRET, "app_key")]


def test_a_secret_that_was_generated_and_now_has_content_is_rotated() -> None:
    generated = stack(secrets=(secret(b"", generate=Generate(32)),))
    plan = planned([stack(secrets=(secret(b"mine"),))], running(generated))
    assert [action.verb for action in plan.actions] == [Verb.CREATE]
    assert plan.actions[0].name != "app_key"
