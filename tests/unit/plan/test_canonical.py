"""Canonical form: equal meaning gives equal form, and a write leaves to the letter what means the same."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.model import Spec
from reconciler.plan.canonical import canonical, differences, fingerprint, merged, restarts
from reconciler.spec.fields import FIELDS
from tests.unit.plan.world import spec

STACKS = Path(__file__).resolve().parents[4] / "shared" / "stacks"
NAMES = st.text("abcxyz", min_size=1, max_size=3)
TEXTS = st.text("ab=: ", max_size=4)
COUNTS = st.integers(0, 5)


def optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


def unique(item: st.SearchStrategy[dict[str, Any]], member: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(item, max_size=3, unique_by=lambda entry: entry[member])


CONTAINERS = optional(
    Env=st.lists(st.builds("{}={}".format, NAMES, TEXTS), max_size=4, unique_by=lambda pair: pair.partition("=")[0]),
    Args=st.lists(TEXTS, max_size=3),
    Labels=st.dictionaries(NAMES, TEXTS, max_size=3),
    ReadOnly=st.booleans(),
    StopGracePeriod=st.integers(0, 3).map(lambda count: count * 10**9),
    CapabilityAdd=st.lists(NAMES, max_size=3, unique=True),
    Mounts=unique(
        st.fixed_dictionaries({"Type": st.just("volume"), "Target": NAMES}, optional={"Source": NAMES}), "Target"
    ),
    Healthcheck=optional(Test=st.lists(NAMES, min_size=1, max_size=2), Interval=COUNTS, Retries=COUNTS),
    Privileges=st.none() | st.fixed_dictionaries({"SELinuxContext": st.fixed_dictionaries({"Disable": st.booleans()})}),
)
SPECS = st.builds(
    lambda container, networks, ports, update, replicas, labels: {
        "Name": "app_web",
        "Labels": labels,
        "TaskTemplate": {"ContainerSpec": {"Image": "web:1", **container}, "Networks": networks},
        "Mode": {"Replicated": {"Replicas": replicas}},
        "UpdateConfig": update,
        "EndpointSpec": {"Ports": ports},
    },
    CONTAINERS,
    unique(st.fixed_dictionaries({"Target": NAMES}, optional={"Aliases": st.lists(NAMES, max_size=2)}), "Target"),
    unique(st.fixed_dictionaries({"TargetPort": st.integers(1, 9)}, optional={"PublishedPort": COUNTS}), "TargetPort"),
    st.none() | optional(Parallelism=COUNTS, Order=st.sampled_from(["start-first", "stop-first"]), Monitor=COUNTS),
    COUNTS,
    st.dictionaries(NAMES, TEXTS, max_size=3),
)


def shuffled(wanted: Spec, seed: int) -> Spec:
    """The same service with its unordered lists in another order, and the engine's defaults filled in."""
    spec = copy.deepcopy(wanted)
    rng = random.Random(seed)
    container = spec["TaskTemplate"]["ContainerSpec"]
    for entries in (
        container.get("Env"),
        container.get("Mounts"),
        container.get("CapabilityAdd"),
        spec["TaskTemplate"].get("Networks"),
        spec["EndpointSpec"]["Ports"],
    ):
        if entries:
            rng.shuffle(entries)
    container["Isolation"] = "default"
    spec["TaskTemplate"] |= {"Runtime": "container", "ForceUpdate": seed}
    spec["TaskTemplate"]["RestartPolicy"] = {"Condition": "any", "Delay": 5 * 10**9, "MaxAttempts": 0}
    spec["EndpointSpec"]["Mode"] = "vip"
    for port in spec["EndpointSpec"]["Ports"]:
        port |= {"Protocol": "tcp", "PublishMode": "ingress"}
    return spec


@given(SPECS, st.integers(0, 99))
def test_order_and_filled_in_defaults_mean_nothing(wanted: Spec, seed: int) -> None:
    observed = shuffled(wanted, seed)
    assert canonical(wanted) == canonical(observed)
    assert fingerprint(wanted) == fingerprint(observed)
    assert differences(wanted, observed) == ()


@given(SPECS, SPECS, st.integers(0, 99))
def test_what_is_written_means_what_was_wanted(wanted: Spec, other: Spec, seed: int) -> None:
    observed = shuffled(other, seed)
    written = merged(wanted, observed)
    assert differences(wanted, written) == ()
    assert merged(wanted, written) == written


@given(SPECS, SPECS, st.integers(0, 99))
def test_a_write_that_restarts_nothing_leaves_the_task_template_to_the_letter(
    wanted: Spec, other: Spec, seed: int
) -> None:
    observed = shuffled({**other, "TaskTemplate": wanted["TaskTemplate"], "EndpointSpec": wanted["EndpointSpec"]}, seed)
    written = merged(wanted, observed)
    assert not restarts(differences(wanted, observed))
    assert written["TaskTemplate"] == observed["TaskTemplate"]
    assert written["EndpointSpec"] == observed["EndpointSpec"]


@given(SPECS, SPECS, st.sampled_from([field.path for field in FIELDS]))
def test_an_ignored_field_is_never_written(wanted: Spec, other: Spec, path: str) -> None:
    written = merged(wanted, other, [path])
    assert canonical(written).get(path) == canonical(other).get(path)
    assert differences(wanted, written, [path]) == ()


@pytest.mark.parametrize(
    ("wanted", "observed"),
    [
        ("redis", "redis:latest"),
        ("redis:7", "docker.io/library/redis:7@sha256:aa"),
        ("redis:7@sha256:aa", "redis:7@sha256:aa"),
        ("docker.io/traefik:v3", "traefik:v3"),
        ("localhost:5000/app", "localhost:5000/app:latest@sha256:bb"),
    ],
)
def test_images_that_are_the_same(wanted: str, observed: str) -> None:
    assert differences(spec(Image=wanted), spec(Image=observed)) == ()


@pytest.mark.parametrize(
    ("wanted", "observed"),
    [("redis:7", "redis:8@sha256:aa"), ("redis:7@sha256:aa", "redis:7"), ("a/redis:7", "redis:7")],
)
def test_images_that_differ(wanted: str, observed: str) -> None:
    assert [change.path for change in differences(spec(Image=wanted), spec(Image=observed))] == ["image"]


def test_what_no_field_names_is_compared_under_its_api_name() -> None:
    wanted = spec(Privileges={"SELinuxContext": {"Disable": True}})
    (change,) = differences(wanted, spec())
    assert change.path == "TaskTemplate.ContainerSpec.Privileges.SELinuxContext"
    assert differences(wanted, merged(wanted, spec())) == ()


def test_an_absent_update_config_isnt_all_at_once() -> None:
    all_at_once = {**spec(), "UpdateConfig": {"Order": "stop-first"}}
    assert [change.path for change in differences(spec(), all_at_once)] == ["deploy.update_config.parallelism"]
    assert differences(spec(), {**spec(), "UpdateConfig": {"Parallelism": 1, "Monitor": 5 * 10**9}}) == ()


@pytest.mark.parametrize("oracle", sorted(STACKS.glob("*/oracle.json")), ids=lambda path: path.parent.name)
def test_real_specs_are_stable_and_known_by_name(oracle: Path) -> None:
    for real in json.loads(oracle.read_text())["services"].values():
        assert merged(real, real) == real
        assert {path for path in canonical(real) if path[0].isupper()} <= {"TaskTemplate.ContainerSpec.Privileges"}


def test_a_port_of_zero_is_left_out_by_the_engine_and_no_difference() -> None:
    desired = {"Name": "a", "EndpointSpec": {"Ports": [{"Protocol": "tcp", "TargetPort": 0, "PublishedPort": 80}]}}
    observed = {"Name": "a", "EndpointSpec": {"Ports": [{"Protocol": "tcp", "PublishedPort": 80}]}}
    assert differences(desired, observed) == ()


def test_a_change_has_its_name_in_compose() -> None:
    desired = {"Name": "a", "TaskTemplate": {"ContainerSpec": {"OomScoreAdj": 5}}}
    assert [change.path for change in differences(desired, {"Name": "a"})] == ["oom_score_adj"]
