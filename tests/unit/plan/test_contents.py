"""Configs and secrets, which rotate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.model import Generate, Location, Stack, Volume
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot
from reconciler.plan.model import Key, Kind, Plan, Verb
from reconciler.plan.salted_hashes import Sealed
from tests.unit.plan.world import (
    RULES,
    after,
    config,
    planned,
    running,
    secret,
    service,
    stack,
    summary,
)
from tests.unit.words import blocked, held


def world(data: bytes, name: str = "app_conf") -> Stack:
    """A service with one config."""
    return stack(service(Configs=[{"ConfigName": name, "File": {"Name": "/c"}}]), configs=(config(data, name),))


def with_key(data: bytes, name: str = "app_key") -> Stack:
    """A service with one secret."""
    return stack(service(Secrets=[{"SecretName": name, "File": {"Name": "k"}}]), secrets=(secret(data, name),))


def moved(wanted: Stack, swarm: Snapshot) -> tuple[Plan, Snapshot]:
    plan = planned([wanted], swarm)
    return plan, after(plan, swarm)


def used(swarm: Snapshot, kind: str = "Config") -> str:
    """The name of the object that the service uses."""
    return str(swarm.services["app_web"].spec["TaskTemplate"]["ContainerSpec"][f"{kind}s"][0][f"{kind}Name"])


def test_a_changed_config_rotates_and_the_old_one_stays_while_a_rollback_returns_to_it() -> None:
    plan, second = moved(world(b"2"), running(world(b"1")))
    new = plan.actions[0].name
    assert new.startswith("app_conf-")
    assert summary(plan) == [f"create config {new}", "update service app_web"]
    assert held(plan)[Key(Kind.CONFIG, "app_conf")] == "no longer desired, but still used by app_web"
    assert plan.holds[Key(Kind.CONFIG, "app_conf")].cause is Cause.LATER
    at_rest = planned([world(b"2")], second)
    assert not at_rest
    assert not held(at_rest)
    assert at_rest.kept == {Key(Kind.CONFIG, "app_conf"): "kept for a rollback of app_web"}
    _, third = moved(world(b"3"), second)
    assert summary(planned([world(b"3")], third)) == ["remove config app_conf"]


def test_a_file_that_was_imported_after_a_rotation_names_both_objects_and_changes_nothing() -> None:
    _, rotated = moved(world(b"2"), running(world(b"1")))
    imported = world(b"2", used(rotated))
    assert planned([replace(imported, configs=(config(b"1"), *imported.configs))], rotated).actions == ()


@pytest.mark.parametrize("build", [world, with_key])
def test_no_name_is_used_for_another_content(build: Any) -> None:
    names: dict[str, bytes] = {}
    swarm = running(build(b"0"))
    kind = "Config" if build is world else "Secret"
    for content in (b"1", b"2", b"3", b"0", b"4", b"1"):
        _, swarm = moved(build(content), swarm)
        _, swarm = moved(build(content), swarm)  # collects
        assert names.setdefault(used(swarm, kind), content) == content
        assert len(swarm.configs) + len(swarm.secrets) == 2
    assert f"app_{'conf' if build is world else 'key'}" not in names


def test_a_plain_name_that_a_service_still_names_isnt_used_again() -> None:
    swarm = running(world(b"1"))
    swarm = replace(swarm, configs={})
    plan = planned([world(b"2")], swarm)
    assert plan.actions[0].name.startswith("app_conf-")


@pytest.mark.parametrize("length", [55, 56, 63, 64])
@pytest.mark.parametrize("build", [world, with_key])
def test_names_near_the_limit_rotate_too(build: Any, length: int) -> None:
    name = "app_" + "n" * (length - 4)
    other = name[:-1] + "x"
    kind = "Config" if build is world else "Secret"
    swarm = running(build(b"0", name))
    assert used(swarm, kind) == name
    names = set()
    for content in (b"1", b"2"):
        plan, swarm = moved(build(content, name), swarm)
        names.add(used(swarm, kind))
        assert not planned([build(content, name)], swarm).pending
    assert len(names) == 2
    assert all(len(each) <= 64 for each in names)
    theirs = [replace(build(b"2", other), name="other", services=(), networks=())]
    plan = planned([build(b"2", name), *theirs], swarm)
    assert summary(plan)[0] == f"create {kind.lower()} {other}"


def test_a_name_that_a_stranger_took_gets_a_longer_hash() -> None:
    swarm = running(world(b"1"))
    new = planned([world(b"2")], swarm).actions[0].name
    theirs = observed.Config("x", new, 1, {"Name": new, "Labels": {}}, b"theirs")
    plan = planned([world(b"2")], replace(swarm, configs={**swarm.configs, new: theirs}))
    assert plan.actions[0].name.startswith(new)
    assert plan.actions[0].name != new


def test_a_config_whose_name_looks_like_a_rotated_one_is_its_own() -> None:
    both = stack(configs=(config(b"same"), config(b"same", "app_conf-0123abcd")))
    swarm = running(both)
    assert swarm.configs.keys() == {"app_conf", "app_conf-0123abcd"}
    assert not planned([both], swarm)


def test_rotated_objects_of_older_versions_are_recognised() -> None:
    swarm = running(world(b"1"))
    old = observed.Config("x", "app_conf-89abcdef", 1, {"Name": "app_conf-89abcdef", "Labels": {}}, b"2")
    old.spec["Labels"] = {labels.STACK: "app", labels.OWNER: "reconciler"}
    plan = planned([world(b"2")], replace(swarm, configs={**swarm.configs, old.name: old}))
    assert summary(plan) == ["update service app_web"]


def test_a_changed_secret_rotates_and_its_digest_has_a_salt_of_its_own() -> None:
    swarm = running(stack(secrets=(secret(b"one"), secret(b"one", "app_other"))))
    salts = {each.spec["Labels"][labels.DIGEST].split("$")[1] for each in swarm.secrets.values()}
    assert len(salts) == 2
    assert all(each.spec["Labels"][labels.DIGEST].startswith("scrypt15$") for each in swarm.secrets.values())
    plan = planned([stack(secrets=(secret(b"hunter2"), secret(b"one", "app_other")))], swarm)
    created = plan.actions[0]
    assert created.name.startswith("app_key-")
    assert "hunter2" not in repr(plan)
    both = (secret(b"one"), secret(b"one", "app_other"))
    assert not planned([stack(secrets=both)], swarm, replace(RULES, salt="other"))


def test_a_digest_of_an_older_version_is_recognised_and_renewed_with_the_next_write() -> None:
    swarm = running(stack(secrets=(secret(b"one"),)))
    old = "scrypt$0123456789abcdef$f2598bdede27740fc305d408d19b3b85"
    (found,) = swarm.secrets.values()
    given = {**found.spec["Labels"], labels.DIGEST: old}
    swarm = replace(swarm, secrets={"app_key": replace(found, spec={**found.spec, "Labels": given})})
    assert not planned([stack(secrets=(secret(b"one"),))], swarm)
    labelled = replace(secret(b"one"), spec={**secret(b"").spec, "Labels": {labels.STACK: "app", "more": "1"}})
    (action,) = planned([stack(secrets=(labelled,))], swarm).actions
    assert action.verb is Verb.UPDATE
    assert action.sealed is not None
    assert action.sealed["Labels"][labels.DIGEST].startswith("scrypt15$")
    rotated = planned([stack(secrets=(secret(b"two"),))], swarm)
    assert [action.verb for action in rotated.actions] == [Verb.CREATE, Verb.REMOVE]


UNREADABLE = ["$", "scrypt15$$", "scrypt15$s$h", "scrypt$é$é", "scrypt15$" + "9" * 10_000 + "$" + "0" * 32, "\0"]


@pytest.mark.parametrize("label", UNREADABLE)
def test_a_digest_that_cant_be_read_is_a_warning_and_rotates_nothing(label: str) -> None:
    wanted = [stack(secrets=(secret(b"one"),))]
    swarm = running(*wanted)
    (found,) = swarm.secrets.values()
    given = {**found.spec["Labels"], labels.DIGEST: label}
    broken = replace(swarm, secrets={"app_key": replace(found, spec={**found.spec, "Labels": given})})
    plan = planned(wanted, broken)
    assert summary(plan) == ["update secret app_key"]
    assert "secret app_key has a label io.reconciler.digest that can't be read" in plan.warnings[0].message
    assert not planned(wanted, after(plan, broken))


def test_nothing_slow_is_worked_out_while_planning_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Sealed) -> str:
        raise AssertionError("worked out too early")

    monkeypatch.setattr(Sealed, "text", property(fails))
    assert len(planned([with_key(b"one")]).actions) == 3


def test_a_generated_secret_is_never_removed() -> None:
    swarm = running(stack(service(), service("app_b"), secrets=(secret(b"", generate=Generate()),)))
    plan = planned([stack(service(), service("app_b"))], swarm)
    assert summary(plan) == []
    assert "kept for good" in held(plan)[Key(Kind.SECRET, "app_key")]


def test_a_generated_secret_is_out_of_reach_of_docker_stack_rm() -> None:
    generated = stack(secrets=(secret(b"", generate=Generate()),))
    swarm = running(generated)
    made = swarm.secrets["app_key"].spec["Labels"]
    assert labels.STACK not in made
    assert made[labels.STACK_OF_SECRET] == "app"
    earlier = {**made, labels.STACK: "app"}
    del earlier[labels.STACK_OF_SECRET]
    before = replace(swarm.secrets["app_key"], spec={"Name": "app_key", "Labels": earlier})
    plan = planned([generated], replace(swarm, secrets={"app_key": before}))
    assert summary(plan) == ["update secret app_key"]
    assert plan.actions[0].spec is not None
    assert plan.actions[0].spec["Labels"] == made


def test_a_generated_secret_that_is_made_beside_an_existing_volume_is_a_warning() -> None:
    generated = replace(secret(b"", generate=Generate()), at=Location("app.yaml", 4, 2))
    wanted = stack(secrets=(generated,), volumes=(Volume("app_data", "app"),))
    assert planned([wanted]).warnings == ()
    there = replace(running(), volumes={"app_data": observed.Volume("app_data", {"Driver": "local"})})
    (warning,) = planned([wanted], there).warnings
    assert "secret app_key is missing and gets a new value, but volume app_data exists already" in warning.message
    assert planned([wanted], after(planned([wanted], there), there)).warnings == ()


def test_a_secret_that_was_generated_and_now_has_content_is_rotated() -> None:
    generated = stack(secrets=(secret(b"", generate=Generate(32)),))
    plan = planned([stack(secrets=(secret(b"mine"),))], running(generated))
    assert [action.verb for action in plan.actions] == [Verb.CREATE]
    assert plan.actions[0].name != "app_key"


@pytest.mark.parametrize("first", ["app", "other"])
@pytest.mark.parametrize("build", [world, with_key])
def test_what_is_external_and_another_stacks_moves_with_it(build: Any, first: str) -> None:
    kind = "Config" if build is world else "Secret"

    def both(content: bytes) -> list[Stack]:
        owner = build(content)
        user = replace(owner, name="other", networks=(), services=(replace(service("other_web"), stack="other"),))
        container = owner.services[0].spec["TaskTemplate"]["ContainerSpec"]
        spec = {**service("other_web").spec}
        spec["TaskTemplate"] = {**spec["TaskTemplate"], "ContainerSpec": container}
        user = replace(user, services=(replace(user.services[0], spec=spec),))
        outside = {
            member: tuple(
                replace(each, external=True, data=b"", spec={}, stack="other") for each in getattr(owner, member)
            )
            for member in ("configs", "secrets")
        }
        stacks = [owner, replace(user, **outside)]
        return stacks if first == "app" else stacks[::-1]

    swarm = running(*both(b"1"))
    plan = planned(both(b"2"), swarm)
    created = [action.name for action in plan.actions if action.verb is Verb.CREATE]
    assert len(created) == 1
    swarm = after(plan, swarm)
    for name in ("app_web", "other_web"):
        assert swarm.services[name].spec["TaskTemplate"]["ContainerSpec"][f"{kind}s"][0][f"{kind}Name"] == created[0]
    assert not planned(both(b"2"), swarm)


def test_what_is_external_and_newer_by_another_owner_is_a_warning() -> None:
    user = stack(configs=(replace(config(b""), external=True),))
    there = {"Labels": {labels.OWNER: "else"}}
    old = observed.Config("a", "app_conf", 1, {"Name": "app_conf", **there}, b"1", created_at=1.0)
    newer = {"Name": "app_conf-1", "Labels": {labels.OWNER: "else", labels.NAME: "app_conf"}}
    new = observed.Config("b", "app_conf-1", 1, newer, b"2", created_at=2.0)
    (warning,) = planned([user], replace(running(), configs={"app_conf": old, "app_conf-1": new})).warnings
    assert "external config app_conf has newer content, in app_conf-1" in warning.message


def test_what_is_external_stays_what_it_is_when_its_own_stack_leaves() -> None:
    """The old object of the plain name is still there, for a rollback."""
    container: dict[str, Any] = {"Configs": [{"ConfigName": "app_conf", "File": {"Name": "/c"}}]}
    user = replace(service("other_web", **container), stack="other")
    outside = replace(config(b""), external=True, stack="other")
    other = Stack("other", "other.yaml", services=(user,), configs=(outside,))
    owner = stack(service("app_a"), configs=(config(b"1"),))
    swarm = running(owner, other)
    swarm = after(planned([replace(owner, configs=(config(b"2"),)), other], swarm), swarm)
    current = swarm.services["other_web"].spec["TaskTemplate"]["ContainerSpec"]["Configs"][0]["ConfigName"]
    assert current != "app_conf"
    alone = replace(other, networks=owner.networks)
    assert not planned([alone, stack(service("app_a"))], swarm).actions


def test_what_is_external_waits_for_a_stack_that_is_suspended() -> None:
    container: dict[str, Any] = {"Configs": [{"ConfigName": "app_conf", "File": {"Name": "/c"}}]}
    user = replace(service("other_web", **container), stack="other")
    other = Stack("other", "other.yaml", services=(user,), configs=(replace(config(b""), external=True),))
    owner = stack(configs=(config(b"1"),))
    swarm = running(owner, other)
    held = replace(owner, configs=(config(b"2"),), suspend=True)
    plan = planned([held, other], swarm)
    assert not plan.actions
    assert "isn't made" in blocked(plan)["other_web"]


def test_a_secret_that_had_content_and_is_generated_from_now_on_keeps_what_it_has() -> None:
    swarm = running(with_key(b"1"))
    swarm = after(planned([with_key(b"2")], swarm), swarm)
    in_use = used(swarm, "Secret")
    generated = replace(with_key(b""), secrets=(secret(b"", generate=Generate()),))
    swarm = after(planned([generated], swarm), swarm)
    assert used(swarm, "Secret") == in_use
    assert labels.GENERATED in swarm.secrets[in_use].spec["Labels"]


@pytest.mark.parametrize("driver", [{"Templating": {"Name": "golang"}}, {"Driver": {"Name": "vault", "Options": {}}}])
def test_another_driver_of_the_same_data_is_another_content(driver: dict[str, Any]) -> None:
    swarm = running(with_key(b"1"))
    changed = with_key(b"1")
    changed = replace(changed, secrets=(replace(secret(b"1"), spec={**secret(b"1").spec, **driver}),))
    plan = planned([changed], swarm)
    assert [action.verb for action in plan.actions] == [Verb.CREATE, Verb.UPDATE]
    assert not planned([changed], after(plan, swarm))
