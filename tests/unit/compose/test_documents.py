"""Properties of generated documents: what is lowered, raised and lowered again means the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from reconciler.compose import read
from reconciler.compose.raising.file import Raised
from reconciler.compose.raising.service import add
from reconciler.compose.yaml_text import emitted
from reconciler.desired.model import Stack
from reconciler.observed.model import Config, Network, Service
from reconciler.plan.canonical import canonical, differences, merged
from reconciler.plan.networks import network_changes
from tests.documents import documents

SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


def lowered(text: str) -> Stack:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.yaml").write_bytes(text.encode())
        found = read(Path(folder), {"HOME": "/home/someone"})
    assert found.faults == (), text
    return found.stacks[0]


@given(documents())
@settings(suppress_health_check=SLOW, deadline=None)
def test_what_is_raised_lowers_to_what_it_was(document: dict[str, Any]) -> None:
    stack = lowered(json.dumps(document))
    networks = {network.name: Network(network.name, network.name, network.spec) for network in stack.networks}
    configs = {config.name: Config(config.name, config.name, 1, config.spec, config.data) for config in stack.configs}
    raised = Raised("app", networks, configs)
    for service in stack.services:
        add(Service(service.name, service.name, 1, service.spec), raised)
    again = lowered(emitted({"name": "app", **raised.data}, raised.notes, "title"))
    for one, other in zip(stack.services, again.services, strict=True):
        assert differences(one.spec, other.spec) == ()
    for network in again.networks:
        assert network_changes(network.spec, networks[network.name].spec) == ()
    assert {config.data for config in again.configs} <= {config.data for config in stack.configs}


@given(documents(), documents())
@settings(suppress_health_check=SLOW, deadline=None)
def test_from_one_document_to_another_is_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    before = {service.key: service for service in lowered(json.dumps(one)).services}
    for service in lowered(json.dumps(other)).services:
        if service.key in before:
            written = merged(service.spec, before[service.key].spec)
            assert differences(service.spec, written) == ()
            assert canonical(written) == canonical(service.spec)
