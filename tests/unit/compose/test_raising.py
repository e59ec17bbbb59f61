"""Raising is the way back of lowering: what is raised lowers to what it was raised from."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.compose import read
from reconciler.compose.raising.file import Raised
from reconciler.compose.raising.service import add
from reconciler.compose.yaml_text import emitted
from reconciler.observed.model import Config, Network, Service
from reconciler.plan.canonical import differences
from reconciler.plan.networks import network_changes
from tests.unit.compose.test_conformance import STACKS


def lowered_again(raised: Raised, folder: Path) -> Any:
    folder.mkdir(exist_ok=True)
    (folder / "app.yaml").write_text(emitted({"name": raised.stack, **raised.data}, raised.notes, "a title"))
    found = read(folder, {"HOME": "/home/holdout"})
    assert found.faults == (), (folder / "app.yaml").read_text()
    return found.stacks[0]


@pytest.mark.parametrize(
    "case", sorted(path.parent for path in STACKS.glob("*/oracle.json")), ids=lambda path: path.name
)
def test_what_docker_stack_made_of_real_stacks(case: Path, tmp_path: Path) -> None:
    text = re.sub(r"<id of config ([^>]+)>", r"\1", (case / "oracle.json").read_text())
    oracle = json.loads(text.replace("@DIR@", "/somewhere"))
    networks = {name: Network(name, name, spec) for name, spec in oracle["networks"].items()}
    configs = {name: Config(name, name, 1, spec, b"x") for name, spec in oracle["configs"].items()}
    raised = Raised(case.name, networks, configs)
    for name, spec in oracle["services"].items():
        add(Service(name, name, 1, spec), raised)
    stack = lowered_again(raised, tmp_path / "desired")
    assert {service.name for service in stack.services} == oracle["services"].keys()
    for service in stack.services:
        changes = differences(service.spec, oracle["services"][service.name])
        assert [change for change in changes if not change.path.startswith("deploy.labels.com.docker.stack.")] == []
    for network in stack.networks:
        if not network.external:
            assert network_changes(network.spec, oracle["networks"][network.name]) == ()


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(st.dictionaries(st.text("abcXYZ_", min_size=1), TEXT), st.lists(TEXT))
def test_any_text_comes_back_as_it_was(environment: dict[str, str], command: list[str]) -> None:
    container = {"Image": "a:1", "Env": [f"{name}={text}" for name, text in environment.items()], "Args": command}
    spec = {"Name": "app_web", "TaskTemplate": {"ContainerSpec": container}}
    raised = Raised("app", {}, {})
    add(Service("1", "app_web", 1, spec), raised)
    text = emitted({"name": "app", **raised.data}, raised.notes, "title")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.yaml").write_bytes(text.encode())
        found = read(Path(folder), {})
    assert found.faults == (), text
    again = found.stacks[0].services[0].spec["TaskTemplate"]["ContainerSpec"]
    assert again.get("Env", []) == sorted(container["Env"])
    assert again.get("Args") or command == []


def test_a_config_of_no_stack_stays_its_owners() -> None:
    """As its content would have us take it over, label it, and remove it with the stack (rule 9)."""
    raised = Raised("app", {}, {"other": Config("id", "other", 1, {"Name": "other"}, b"x")})
    raised.config("other")
    assert raised.data["configs"] == {"other": {"external": True}}


def test_limits_of_swap_come_back(tmp_path: Path) -> None:
    for swap in (0, 2**20, -1):
        resources = {"Limits": {"MemoryBytes": 64 * 2**20}, "SwapBytes": swap, "MemorySwappiness": 0}
        task = {"ContainerSpec": {"Image": "a:1"}, "Resources": resources}
        raised = Raised("app", {}, {})
        add(Service("app_web", "app_web", 1, {"Name": "app_web", "TaskTemplate": task}), raised)
        (service,) = lowered_again(raised, tmp_path / "desired").services
        assert service.spec["TaskTemplate"]["Resources"] == resources
