"""The same services, networks, configs and secrets as ``docker stack deploy`` made of real stack files.

Those lie beside the project (shared/stacks); where they don't, there are no cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.compose import read
from reconciler.desired.model import Spec, Stack
from reconciler.plan.canonical import differences
from reconciler.plan.engine_version import fitted
from reconciler.plan.networks import network_changes
from tests.significant import significant

STACKS = Path(__file__).resolve().parents[4] / "shared" / "stacks"
HOME = {"PATH": "/usr/bin:/bin", "HOME": "/home/holdout"}
ORACLE = (1, 41)
"""API version of the engine that kept the specs: 20.10."""


@pytest.mark.parametrize(
    "case", sorted(path.parent for path in STACKS.glob("*/oracle.json")), ids=lambda path: path.name
)
def test_specs_are_those_of_docker_stack(case: Path, tmp_path: Path) -> None:
    text = (case / "oracle.json").read_text().replace("@DIR@", str(tmp_path / case.name))
    oracle = json.loads(re.sub(r"<id of config ([^>]+)>", r"\1", text))
    stack = loaded(case, tmp_path)
    services: Mapping[str, Spec] = oracle["services"]
    assert {service.name for service in stack.services} == services.keys()
    for service in stack.services:
        spec = fitted(service, ORACLE)
        assert differences(spec, services[service.name]) == ()
        assert significant("service", spec) == significant("service", services[service.name])
    assert {network.name for network in stack.networks if not network.external} == {*oracle["networks"]}
    for network in stack.networks:
        if not network.external:
            assert network_changes(network.spec, oracle["networks"][network.name]) == ()
    for kind, objects in (("configs", stack.configs), ("secrets", stack.secrets)):
        made: dict[str, Any] = {each.name: each.spec for each in objects if not each.external}
        assert made.keys() == oracle[kind].keys()
        for name, spec in made.items():
            assert spec.get("Labels") == oracle[kind][name].get("Labels")


def loaded(case: Path, tmp_path: Path) -> Stack:
    """The case as a folder of its own name below a desired folder."""
    folder = tmp_path / case.name
    folder.mkdir()
    for path in case.rglob("*"):
        if path.is_file() and path.name not in {"oracle.json", "interp.env"}:
            target = folder / path.relative_to(case)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    variables = case / "interp.env"
    lines = variables.read_text().splitlines() if variables.exists() else []
    environ = {**HOME, **dict(line.split("=", 1) for line in lines if "=" in line)}
    found = read(tmp_path, environ)
    assert found.faults == ()
    (stack,) = found.stacks
    return stack
