"""Writes to a real Swarm, and what it says to those that it doesn't take."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.desired.model import Spec
from reconciler.errors import Conflict, EngineUnavailable, NotFound, OutOfSequence, Refused
from reconciler.observed.model import Service, TaskState
from reconciler.swarm import Swarm
from tests.swarm import specs
from tests.swarm.cli import Docker
from tests.swarm.waiting import until


def service_named(swarm: Swarm, name: str) -> Service:
    return swarm.observe().services[name]


def test_the_given_spec_is_left_alone(swarm: Swarm, stack: str) -> None:
    swarm.create_config(specs.content(stack, "c"), b"x")
    reference = {"ConfigName": f"{stack}_c", "File": {"Name": "/c", "UID": "0", "GID": "0", "Mode": 292}}
    spec = specs.service(stack, "a", ContainerSpec={"Configs": [reference]}, Networks=[{"Target": "host"}])
    swarm.create_service(spec)
    assert spec["TaskTemplate"]["Networks"] == [{"Target": "host"}]
    assert spec["TaskTemplate"]["ContainerSpec"]["Configs"] == [reference]
    assert "ConfigID" not in reference


@pytest.mark.each_engine
def test_a_stale_version_is_out_of_sequence(swarm: Swarm, stack: str, docker: Docker) -> None:
    swarm.create_service(specs.service(stack, "a"))
    observed = service_named(swarm, f"{stack}_a")
    docker("service", "update", "-d", "--label-add", "by=hand", observed.name)
    with pytest.raises(OutOfSequence, match=f"update the service {stack}_a.*out of sequence"):
        swarm.update_service(observed, observed.spec)
    assert service_named(swarm, observed.name).spec["Labels"]["by"] == "hand"


@pytest.mark.each_engine
@pytest.mark.parametrize("kind", ["config", "secret"])
def test_contents_are_labelled_by_version_and_keep_their_data(swarm: Swarm, stack: str, kind: str) -> None:
    name = f"{stack}_c"
    if kind == "config":
        swarm.create_config(specs.content(stack, "c"), b"\x00data\xff")
        old = swarm.observe().configs[name]
        swarm.label_config(old, {"a": "b"})
        new = swarm.observe().configs[name]
        assert new.data == b"\x00data\xff"
        assert new.spec["Labels"] == {"a": "b"}
        with pytest.raises(OutOfSequence):
            swarm.label_config(old, {"a": "c"})
    else:
        swarm.create_secret(specs.content(stack, "c"), b"hush")
        secret = swarm.observe().secrets[name]
        swarm.label_secret(secret, {"a": "b"})
        assert swarm.observe().secrets[name].spec["Labels"] == {"a": "b"}
        with pytest.raises(OutOfSequence):
            swarm.label_secret(secret, {"a": "c"})


def test_one_config_by_its_very_name(swarm: Swarm, stack: str) -> None:
    id_ = swarm.create_config(specs.content(stack, "conf"), b"x")
    found = swarm.config(f"{stack}_conf")
    assert found is not None
    assert found.id == id_
    assert swarm.config(f"{stack}_con") is None
    assert swarm.config(id_[:12]) is None


@pytest.mark.each_engine
def test_names_that_begin_alike_arent_mixed_up(swarm: Swarm, stack: str) -> None:
    swarm.create_config(specs.content(stack, "c2"), b"two")
    reference = {"ConfigName": f"{stack}_c", "File": {"Name": "/c", "UID": "0", "GID": "0", "Mode": 292}}
    spec = specs.service(stack, "a", ContainerSpec={"Configs": [reference]})
    with pytest.raises(NotFound, match=f"no config {stack}_c in the Swarm"):
        swarm.create_service(spec)
    swarm.create_config(specs.content(stack, "c"), b"one")
    swarm.create_service(spec)
    written = service_named(swarm, f"{stack}_a").spec["TaskTemplate"]["ContainerSpec"]["Configs"]
    assert written == [reference]


@pytest.mark.each_engine
def test_a_network_that_only_this_engine_has_is_not_found(swarm: Swarm, stack: str, docker: Docker) -> None:
    docker("network", "create", f"{stack}_local")
    try:
        with pytest.raises(NotFound, match=f"{stack}_local"):
            swarm.create_service(specs.service(stack, "a", Networks=[{"Target": f"{stack}_local"}]))
    finally:
        docker("network", "rm", f"{stack}_local")


@pytest.mark.each_engine
def test_taken_names_and_things_in_use_are_conflicts(swarm: Swarm, stack: str) -> None:
    network = swarm.create_network(specs.network(stack, "n"))
    config = swarm.create_config(specs.content(stack, "c"), b"x")
    secret = swarm.create_secret(specs.content(stack, "s"), b"hush")
    at = {"UID": "0", "GID": "0", "Mode": 292}
    container = {
        "Configs": [{"ConfigName": f"{stack}_c", "File": {"Name": "/c", **at}}],
        "Secrets": [{"SecretName": f"{stack}_s", "File": {"Name": "s", **at}}],
    }
    spec = specs.service(stack, "a", ContainerSpec=container, Networks=[{"Target": f"{stack}_n"}])
    service = swarm.create_service(spec)
    refused: list[Callable[[], object]] = [
        lambda: swarm.create_network(specs.network(stack, "n")),
        lambda: swarm.create_config(specs.content(stack, "c"), b"y"),
        lambda: swarm.create_secret(specs.content(stack, "s"), b"other"),
        lambda: swarm.create_service(spec),
        lambda: swarm.remove_network(network),
        lambda: swarm.remove_config(config),
        lambda: swarm.remove_secret(secret),
    ]
    for write in refused:
        with pytest.raises(Conflict):
            write()
    swarm.remove_service(service)
    until(lambda: _gone(lambda: swarm.remove_network(network)), what="the network is let go")
    swarm.remove_config(config)
    swarm.remove_secret(secret)


def _gone(remove: Callable[[], None]) -> bool:
    try:
        remove()
    except Conflict:
        return False
    return True


@pytest.mark.each_engine
def test_what_isnt_there_cant_be_removed(swarm: Swarm) -> None:
    for remove in (swarm.remove_service, swarm.remove_network, swarm.remove_config, swarm.remove_secret):
        with pytest.raises(NotFound, match="nothing-here"):
            remove("nothing-here")


@pytest.mark.each_engine
def test_bad_specs_are_refused_for_good(swarm: Swarm, stack: str) -> None:
    spec = specs.service(stack, "a")
    with pytest.raises(Refused, match="DNS name component"):
        swarm.create_service({**spec, "Name": f"{stack}_no!"})
    swarm.create_service(spec)
    observed = service_named(swarm, f"{stack}_a")
    with pytest.raises(Refused, match=f"update the service {stack}_a"):
        swarm.update_service(observed, {**spec, "Mode": {"Global": {}}})


def test_a_secret_is_in_no_error(swarm: Swarm, stack: str) -> None:
    value = b"correct horse battery staple"
    swarm.create_secret(specs.content(stack, "s"), value)
    with pytest.raises(Conflict) as taken:
        swarm.create_secret(specs.content(stack, "s"), value)
    nowhere = Swarm.connect("unix:///nowhere/docker.sock", {})
    with pytest.raises(EngineUnavailable) as lost:
        nowhere.create_secret(specs.content(stack, "s"), value)
    for error in (taken.value, lost.value):
        causes = [repr(error), str(error), repr(error.__cause__)]
        assert not any(form in text for text in causes for form in (value.decode(), "Y29ycmVjdC"))


def test_eight_threads_write_at_once(swarm: Swarm, stack: str) -> None:
    def write(number: int) -> str:
        return swarm.create_config(specs.content(stack, str(number)), b"x")

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(write, range(64)))
    names = {config.id for config in swarm.observe().configs.values()}
    assert len(set(ids) & names) == 64


def test_an_engine_that_isnt_there_is_unavailable(stack: str) -> None:
    for host, words in (("unix:///nowhere/docker.sock", "No such file"), ("tcp://127.0.0.1:9", "refused")):
        swarm = Swarm.connect(host, {})
        assert not swarm.healthy()
        with pytest.raises(EngineUnavailable, match=words) as lost:
            swarm.observe()
        assert host in str(lost.value)
        with pytest.raises(EngineUnavailable):
            swarm.events(threading.Event())
        swarm.close()


@pytest.mark.each_engine
def test_the_whole_spec_comes_back(swarm: Swarm, stack: str) -> None:
    spec: Spec = specs.service(stack, "a", ContainerSpec={"Env": ["A=1", "B=2"]})
    swarm.create_service(spec)
    read = service_named(swarm, f"{stack}_a").spec
    container = spec["TaskTemplate"]["ContainerSpec"]
    assert read["Labels"] == spec["Labels"]
    assert read["Mode"] == spec["Mode"]
    assert {key: read["TaskTemplate"]["ContainerSpec"].get(key) for key in container} == container


def test_the_host_is_found_by_the_environment(host: str) -> None:
    swarm = Swarm.connect(None, {**os.environ, "DOCKER_HOST": host})
    assert swarm.host == host
    assert swarm.healthy()
    began = time.time()
    assert swarm.observe().at == pytest.approx(began, abs=5)
    swarm.close()


@pytest.mark.each_engine
def test_only_what_is_as_it_was_observed_may_be_removed(swarm: Swarm, stack: str) -> None:
    swarm.create_network(specs.network(stack, "n"))
    swarm.create_config(specs.content(stack, "c"), b"x")
    swarm.create_secret(specs.content(stack, "s"), b"hush")
    id_ = swarm.create_service(specs.service(stack, "a"))
    until(lambda: any(task.state is TaskState.RUNNING for task in swarm.observe().tasks.get(id_, ())), what="it runs")
    seen = swarm.observe()  # Swarm itself writes the service until then
    service, network = seen.services[f"{stack}_a"], seen.networks[f"{stack}_n"]
    config, secret = seen.configs[f"{stack}_c"], seen.secrets[f"{stack}_s"]
    for found in (service, network, config, secret):
        swarm.confirm(found)

    swarm.update_service(service, {**service.spec, "Labels": {**service.spec["Labels"], "mine": "now"}})
    swarm.label_config(config, {**config.spec["Labels"], "mine": "now"})
    swarm.label_secret(secret, {**secret.spec["Labels"], "mine": "now"})
    for changed in (service, config, secret):
        with pytest.raises(OutOfSequence, match="has changed since it was observed"):
            swarm.confirm(changed)

    swarm.remove_network(network.id)
    swarm.create_network(specs.network(stack, "n"))  # a new leader's, of the same name
    with pytest.raises(NotFound):
        swarm.confirm(network)
