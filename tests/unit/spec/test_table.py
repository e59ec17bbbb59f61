"""Every line of the table works for all its readers: schema, lowering, raising, differences, engine check."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.compose import read
from reconciler.compose.raising.table import network_keys, service_keys
from reconciler.compose.schema.keys import ITEM, NAME, keys
from reconciler.desired.model import Service, Spec, Stack
from reconciler.plan.canonical import differences, restarts
from reconciler.plan.networks import network_changes
from reconciler.spec.fields import engine_default
from reconciler.spec.forms import Written
from reconciler.spec.key import Key
from reconciler.spec.network import NETWORK
from reconciler.spec.paths import get, put
from reconciler.spec.service import SERVICE

SAMPLES: dict[Written, Any] = {
    Written.TEXT: "some",
    Written.TEXTS: ["10.0.0.1", "10.0.0.2"],
    Written.LIST: ["some", "other"],
    Written.COMMAND: ["some", "thing"],
    Written.TEST: ["CMD", "true"],
    Written.FLAG: True,
    Written.WHOLE: 7,
    Written.RATIO: 0.5,
    Written.DURATION: "7s",
    Written.SIZE: "64m",
    Written.CPUS: "0.5",
    Written.MAPPING: {"some": "thing"},
    Written.HOSTS: ["db.local=10.0.0.5"],
    Written.ULIMITS: {"nofile": {"soft": 10, "hard": 20}},
}
OWN_SAMPLES: dict[str, Any] = {"deploy.placement.constraints": ["node.role == manager"]}


def sample(key: Key) -> Any:
    """Return a value of a file that isn't the default."""
    if key.form.written is Written.CHOICE:
        return next(word for word in key.form.words if word not in {key.default, "default"})
    return OWN_SAMPLES.get(key.path, SAMPLES[key.form.written])


def stack(folder: Path, service: Spec, network: Spec) -> Stack:
    folder.mkdir(exist_ok=True)
    data = {"services": {"web": {"image": "a:1", **service}}, "networks": {"default": network}}
    (folder / "app.yaml").write_text(json.dumps(data))
    found = read(folder, {})
    assert found.faults == ()
    assert found.warnings == ()
    return found.stacks[0]


def lowered(folder: Path, service: Spec) -> Service:
    return stack(folder, service, {}).services[0]


@pytest.mark.parametrize("key", SERVICE, ids=lambda key: key.path)
def test_a_key_of_services_goes_there_and_back(key: Key, tmp_path: Path) -> None:
    written: Spec = {}
    put(written, tuple(key.path.split(".")), sample(key))
    service, bare = lowered(tmp_path, written), lowered(tmp_path, {}).spec
    assert get(service.spec, key.api) is not None
    changes = differences(service.spec, bare)
    path = key.shown or key.path
    assert {change.path for change in changes if not f"{change.path}.".startswith(f"{path}.")} == set()
    assert changes
    assert restarts(changes) is key.restarts
    assert service_keys(bare) == {}
    assert differences(lowered(tmp_path, service_keys(service.spec)).spec, service.spec) == ()
    assert [(need.api, need.without) for need in service.needs] == ([(key.since.api, key.api)] if key.since else [])


@pytest.mark.parametrize("key", NETWORK, ids=lambda key: key.path)
def test_a_key_of_networks_goes_there_and_back(key: Key, tmp_path: Path) -> None:
    (network,) = stack(tmp_path, {}, {key.path: sample(key)}).networks
    (bare,) = stack(tmp_path, {}, {}).networks
    assert network.spec[key.at] != bare.spec.get(key.at)
    assert {change.path.partition(".")[0] for change in network_changes(network.spec, bare.spec)} == {key.path}
    (again,) = stack(tmp_path, {}, network_keys(network.spec)).networks
    assert again.spec == network.spec


@pytest.mark.parametrize("key", [key for key in SERVICE if key.default is not None], ids=lambda key: key.path)
def test_the_default_of_an_engine_is_no_difference(key: Key, tmp_path: Path) -> None:
    without = copy.deepcopy(lowered(tmp_path, {}).spec)
    if len(key.api) > 1 and get(without, key.api[:-1]) is None:
        put(without, key.api[:-1], {})
    filled_in = copy.deepcopy(without)
    put(filled_in, key.api, key.default)
    assert differences(without, filled_in) == ()


def test_no_key_is_there_twice() -> None:
    for table in (SERVICE, NETWORK):
        assert len({key.path for key in table}) == len({key.at for key in table}) == len(table)


def test_every_key_is_honoured_and_none_is_called_unsupported_as_well() -> None:
    known = [(".".join(part for part in path if part not in {NAME, ITEM}), reason) for path, reason in keys()]
    for prefix, table in (("services", SERVICE), ("networks", NETWORK)):
        for key in table:
            assert [reason for path, reason in known if path == f"{prefix}.{key.path}"] == [""]


def test_defaults_are_read_from_the_table() -> None:
    assert engine_default("stop_grace_period") == 10 * 10**9
    assert engine_default("driver", NETWORK) == "overlay"
