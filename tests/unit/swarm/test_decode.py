"""Engine API objects as the observed model."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.observed.model import TaskState, UpdateStatus
from reconciler.swarm import decode
from reconciler.swarm.list_cache import Kept

NAMES = decode.Names({"n1": "web_net"}, {"c1": "web_conf"}, {"s1": "web_key"})
TASK_SPEC = {
    "ContainerSpec": {
        "Image": "i",
        "Configs": [{"File": {"Name": "/c"}, "ConfigID": "c1", "ConfigName": "an old name"}],
        "Secrets": [{"File": {"Name": "s"}, "SecretID": "gone", "SecretName": "web_gone"}],
    },
    "Networks": [{"Target": "n1", "Aliases": ["a"]}, {"Target": "unknown"}],
}


def service(**more: Any) -> dict[str, Any]:
    spec = {"Name": "web_a", "TaskTemplate": TASK_SPEC}
    return {"ID": "x", "Version": {"Index": 7}, "CreatedAt": "2026-11-23T20:17:34.5Z", "Spec": spec, **more}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01T00:00:01.5Z", 1.5),
        ("1970-01-01T00:00:00.000000001Z", 1e-9),
        ("1970-01-01T01:00:00.123456789+01:00", 0.123456789),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_times_have_nanoseconds(text: str | None, seconds: float | None) -> None:
    assert decode.epoch(text) == seconds


def test_times_of_today_keep_their_microseconds() -> None:
    first, second = decode.epoch("2026-11-23T20:17:34.410757541Z"), decode.epoch("2026-11-23T20:17:34.410759541Z")
    assert first is not None
    assert second is not None
    assert second - first == pytest.approx(2e-6, abs=5e-7)


def test_ids_become_names_and_the_raw_object_stays() -> None:
    raw = service(PreviousSpec={"Name": "web_a", "TaskTemplate": TASK_SPEC, "Networks": [{"Target": "n1"}]})
    before = copy.deepcopy(raw)
    found = decode.service(raw, NAMES)
    assert raw == before
    template = found.spec["TaskTemplate"]
    assert template["Networks"] == [{"Target": "web_net", "Aliases": ["a"]}, {"Target": "unknown"}]
    assert template["ContainerSpec"]["Configs"] == [{"File": {"Name": "/c"}, "ConfigName": "web_conf"}]
    assert template["ContainerSpec"]["Secrets"] == [{"File": {"Name": "s"}, "SecretName": "web_gone"}]
    assert found.previous_spec is not None
    assert found.previous_spec["TaskTemplate"] == template
    assert found.previous_spec["Networks"] == [{"Target": "web_net"}]


def test_an_object_that_is_gone_isnt_taken_for_another_of_its_name() -> None:
    reference = {"File": {"Name": "/c"}, "ConfigID": "c0", "ConfigName": "web_conf"}
    spec = decode.task_spec({"ContainerSpec": {"Configs": [reference]}}, NAMES)
    assert spec["ContainerSpec"]["Configs"] == [{"File": {"Name": "/c"}, "ConfigName": "c0"}]
    spec = decode.task_spec({"ContainerSpec": {"Configs": [reference]}}, decode.Names())
    assert spec["ContainerSpec"]["Configs"] == [{"File": {"Name": "/c"}, "ConfigName": "web_conf"}]


def test_no_update_status_is_none_and_not_an_empty_one() -> None:
    assert decode.service(service(), NAMES).update is None
    assert decode.service(service(UpdateStatus={}), NAMES).update is None
    raw = {"State": "paused", "Message": "m", "StartedAt": "1970-01-01T00:00:05Z"}
    assert decode.service(service(UpdateStatus=raw), NAMES).update == UpdateStatus("paused", "m", 5.0, None)


def test_a_job_has_an_iteration_and_another_service_none() -> None:
    assert decode.service(service(), NAMES).iteration is None
    assert decode.service(service(JobStatus={"JobIteration": {"Index": 3}}), NAMES).iteration == 3
    assert decode.service(service(JobStatus={"JobIteration": {}}), NAMES).iteration == 0


@pytest.mark.parametrize(("state", "code"), [("running", None), ("failed", 0), ("complete", 0), ("rejected", None)])
def test_an_exit_code_is_one_only_after_the_end(state: str, code: int | None) -> None:
    status = {"State": state, "ContainerStatus": {"ContainerID": "c", "PID": 1, "ExitCode": 0}}
    task = decode.task({"ID": "t", "Status": status, "DesiredState": "shutdown", "Spec": TASK_SPEC}, NAMES)
    assert task.exit_code == code
    assert task.state is TaskState(state)
    assert task.spec["Networks"][0]["Target"] == "web_net"
    assert (task.slot, task.node_id, task.service_id) == (0, "", "")


def test_a_configs_data_is_not_in_its_spec() -> None:
    raw = {"ID": "c", "Version": {"Index": 1}, "Spec": {"Name": "n", "Labels": {"a": "b"}, "Data": "aGkK"}}
    config = decode.config(raw)
    assert (config.data, config.spec) == (b"hi\n", {"Name": "n", "Labels": {"a": "b"}})


def test_what_a_node_has_is_read_in_numbers() -> None:
    generic = [
        {"NamedResourceSpec": {"Kind": "gpu", "Value": "uuid1"}},
        {"NamedResourceSpec": {"Kind": "gpu", "Value": "uuid2"}},
        {"DiscreteResourceSpec": {"Kind": "ssd", "Value": 3}},
    ]
    description = {
        "Resources": {"NanoCPUs": 2_000_000_000, "MemoryBytes": 1024, "GenericResources": generic},
        "Engine": {"Plugins": [{"Type": "Volume", "Name": "local"}]},
    }
    node = decode.node({"ID": "n", "Description": description, "Status": {"State": "ready", "Addr": "10.0.0.7"}})
    assert node.resources == {"NanoCPUs": 2_000_000_000, "MemoryBytes": 1024, "gpu": 2, "ssd": 3}
    assert (set(node.plugins), node.address) == ({("Volume", "local")}, "10.0.0.7")


def test_a_node_that_never_reported_has_no_host_name() -> None:
    node = decode.node({"ID": "n", "Spec": {"Labels": None, "Role": "worker", "Availability": "drain"}})
    assert (node.hostname, node.state, node.availability, dict(node.labels)) == ("", "unknown", "drain", {})


@pytest.mark.parametrize(
    "text", ["99999-01-01T00:00:00Z", "yesterday", "2026-13-45T99:99:99Z", "2026-01-01T00:00:00.²Z", "9" * 5000, 7, {}]
)
def test_what_is_no_time_is_none(text: Any) -> None:
    assert decode.epoch(text) is None


def test_a_state_of_later_engines_counts_for_nothing() -> None:
    found = decode.task({"ID": "t", "Status": {"State": "paused"}, "DesiredState": 7}, NAMES)
    assert (found.state, found.desired_state) == (TaskState.NEW, TaskState.NEW)


GARBLED: tuple[dict[str, Any], ...] = (
    {"Name": 7},
    {"Labels": ["a"]},
    {"Labels": {"a": 1}},
    {"Mode": {"Replicated": {"Replicas": -1}}},
    {"Mode": {"Replicated": {"Replicas": 1 << 70}}},
    {"Mode": "replicated"},
    {"TaskTemplate": []},
    {"TaskTemplate": {"ContainerSpec": {"Env": "A=b"}}},
    {"TaskTemplate": {"ContainerSpec": {"Env": [{"A": "b"}]}}},
    {"TaskTemplate": {"ContainerSpec": {"Mounts": {"a": 1}}}},
    {"TaskTemplate": {"Networks": ["front"]}},
    {"EndpointSpec": {"Ports": [{"PublishedPort": "80"}]}},
    {"UpdateConfig": {"Delay": "10s"}},
)


@pytest.mark.parametrize("spec", GARBLED, ids=str)
def test_a_service_that_no_engine_lists_is_left_out_and_named(spec: dict[str, Any]) -> None:
    kept = Kept(decode.service)
    garbled = {"ID": "y", "Version": {"Index": 1}, "Spec": {"Name": "garbled", "TaskTemplate": {}, **spec}}
    raws: list[Any] = [service(), garbled, {}, "text", {"ID": "z"}, {"ID": "z", "Version": {"Index": 1}}]
    assert [found.name for found in kept.of(raws, NAMES).values()] == ["web_a"]
    assert len(kept.unread) == 5
    assert kept.unread[0].startswith(("garbled has no ", "7 has no "))


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(ANYTHING)
def test_whatever_is_listed_nothing_is_raised(raw: Any) -> None:
    odd = {"ID": "y", "Version": {"Index": 1}, "Spec": raw, "Status": raw, "Description": raw, "CreatedAt": raw}
    raws = [raw, odd, {**odd, "Spec": {"Name": "x", "TaskTemplate": raw}}]
    Kept(decode.service).of(raws, NAMES)
    Kept(decode.task).of(raws, NAMES)
    Kept(lambda each, _: decode.config(each)).of(raws, NAMES)
    Kept(lambda each, _: decode.secret(each)).of(raws, NAMES)
    Kept(lambda each, _: decode.node(each)).of(raws, NAMES)
