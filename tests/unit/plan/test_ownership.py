"""Ownership is bound to the object: a copied label is no consent to delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import labels
from reconciler.desired.model import Network
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot
from reconciler.plan.model import Key, Kind, Verb
from reconciler.plan.stack_removal import Removal, kept, named_by, plan_removal
from tests.unit.plan.world import RULES, after, config, planned, running, secret, service, spec, stack, summary
from tests.unit.words import held

ALLOWED = replace(RULES, allow_prune_all=True)
NETWORK = Network("app_default", "app", {"Name": "app_default", "Driver": "overlay", "Labels": {labels.STACK: "app"}})
WHOLE = stack(service(), configs=(config(b"x"),), secrets=(secret(b"y"),), networks=(NETWORK,))
PARTS = ("services", "networks", "configs", "secrets")


def copied(swarm: Snapshot, part: str, name: str, to: str) -> Snapshot:
    """The same Swarm with a clone of one object under another name."""
    there: dict[str, Any] = getattr(swarm, part)
    found = there[name]
    clone = replace(found, id=f"id-{to}", name=to, spec={**found.spec, "Name": to})
    parts: dict[str, Any] = {part: {**there, to: clone}}
    return replace(swarm, **parts)


def older(swarm: Snapshot) -> Snapshot:
    """The same Swarm as versions before this label left it."""

    def stripped(item: Any) -> Any:
        kept = {label: text for label, text in item.spec["Labels"].items() if label != labels.OBJECT}
        return replace(item, spec={**item.spec, "Labels": kept})

    parts: dict[str, Any] = {
        part: {name: stripped(each) for name, each in getattr(swarm, part).items()} for part in PARTS
    }
    return replace(swarm, **parts)


def test_what_is_made_carries_its_own_kind_and_name() -> None:
    made = {action.key: (action.spec or {})["Labels"][labels.OBJECT] for action in planned([WHOLE]).actions}
    assert made == {key: f"{key.kind}/{key.name}" for key in made}
    assert {key.kind for key in made} == {Kind.SERVICE, Kind.NETWORK, Kind.CONFIG, Kind.SECRET}


@pytest.mark.parametrize(
    ("part", "name", "kind"),
    [
        ("services", "app_web", Kind.SERVICE),
        ("networks", "app_default", Kind.NETWORK),
        ("configs", "app_conf", Kind.CONFIG),
        ("secrets", "app_key", Kind.SECRET),
    ],
)
def test_a_clone_is_reported_and_never_removed_nor_counted(part: str, name: str, kind: Kind) -> None:
    swarm = copied(running(WHOLE), part, name, f"{name}2")
    plan = planned([WHOLE], swarm)
    assert not plan
    (warning,) = plan.warnings
    assert f"{kind} {name}2 has the labels of {kind} {name}" in warning.message
    assert f"`docker {kind} rm {name}2`" in warning.hint
    alone = planned([], swarm, ALLOWED)
    assert Key(kind, name) in {action.key for action in alone.actions}
    assert Key(kind, f"{name}2") not in {action.key for action in alone.actions}
    assert Key(kind, f"{name}2") not in held(alone).keys() - {Key(Kind.NETWORK, f"{name}2")}
    assert "removing 1 of 1 services" in planned([], swarm).needs_consent


def test_what_older_versions_labelled_stays_ours_without_a_write() -> None:
    swarm = older(running(WHOLE))
    plan = planned([WHOLE], swarm)
    assert (summary(plan), plan.warnings) == ([], ())
    assert {action.key for action in planned([], swarm, ALLOWED).actions} == {
        Key(Kind.SERVICE, "app_web"),
        Key(Kind.NETWORK, "app_default"),
        Key(Kind.CONFIG, "app_conf"),
        Key(Kind.SECRET, "app_key"),
    }


def test_the_label_is_added_with_the_next_write() -> None:
    changed = replace(WHOLE, services=(service(Env=["A=2"]),))
    (action,) = planned([changed], older(running(WHOLE))).actions
    assert action.spec is not None
    assert action.spec["Labels"][labels.OBJECT] == "service/app_web"
    assert labels.OBJECT not in " ".join(change.path for change in action.changes)


def test_a_clone_of_what_an_older_version_labelled_is_reported() -> None:
    swarm = copied(older(running(WHOLE)), "services", "app_web", "canary")
    plan = planned([WHOLE], swarm)
    assert not plan
    (warning,) = plan.warnings
    assert "service canary has the label io.reconciler.owner=reconciler, but its name doesn't fit" in warning.message
    assert "--label-rm io.reconciler.owner" in warning.hint
    assert Key(Kind.SERVICE, "canary") not in {action.key for action in planned([], swarm, ALLOWED).actions}


def test_an_old_content_of_an_older_version_is_removed_though_the_files_name_it_without_the_stack() -> None:
    before, now = (stack(configs=(config(each, "plain"),)) for each in (b"1", b"2"))
    swarm = older(running(before))
    assert "remove config plain" in summary(planned([now], swarm))


def test_a_clone_that_a_file_desires_becomes_ours_by_its_labels_alone() -> None:
    swarm = copied(running(stack(service(), networks=(NETWORK,))), "services", "app_web", "app_two")
    two = service("app_two")
    clone = swarm.services["app_two"]
    same = {**spec("app_two"), "Labels": clone.spec["Labels"]}
    swarm = replace(swarm, services={**swarm.services, "app_two": replace(clone, spec=same)})
    both = stack(service(), two, networks=(NETWORK,))
    (action,) = planned([both], swarm).actions
    assert (action.verb, action.name) == (Verb.ADOPT, "app_two")
    done = after(planned([both], swarm), swarm)
    assert not planned([both], done)
    assert summary(planned([stack(service(), networks=(NETWORK,))], done)) == ["remove service app_two"]


def test_a_clone_of_a_config_is_never_used_for_its_content() -> None:
    wanted = stack(configs=(config(b"x"),), networks=())
    swarm = running(wanted)
    there = swarm.configs["app_conf"]
    noted = {**there.spec["Labels"], labels.NAME: "app_conf"}
    clone = observed.Config("c", "a", 1, {"Name": "a", "Labels": noted}, there.data, created_at=there.created_at + 9)
    plan = planned([wanted], replace(swarm, configs={**swarm.configs, "a": clone}))
    assert not plan
    assert "config a has the labels of config app_conf" in plan.warnings[0].message


def test_down_leaves_a_clone_and_says_so() -> None:
    swarm = copied(running(WHOLE), "services", "app_web", "app_copy")
    removal = Removal("app", "reconciler")
    key = Key(Kind.SERVICE, "app_copy")
    assert [action.name for action in plan_removal(removal, swarm).actions] == ["app_web"]
    assert kept(removal, swarm)[key] == (
        "stays, for its labels were copied from service app_web: `docker service rm app_copy` removes it"
    )


def test_down_removes_what_an_older_version_made_under_a_name_that_only_the_file_says() -> None:
    wanted = stack(service("own"), networks=())
    swarm = older(running(wanted))
    assert plan_removal(Removal("app", "reconciler"), swarm).actions == ()
    removal = Removal("app", "reconciler", named=named_by([wanted], "app"))
    assert [action.name for action in plan_removal(removal, swarm).actions] == ["own"]
