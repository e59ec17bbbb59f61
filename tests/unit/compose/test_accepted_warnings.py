"""``x-reconciler.accept``: warnings that somebody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.compose import Reading, read
from reconciler.compose.schema import keys

WEB = """
services:
  web:
    image: a
    container_name: web
    restart: "no"
    ports: ["127.0.0.1:80:80"]
    networks: {net: {mac_address: 02:42:ac:11:65:43}}
    healthcheck: {test: "true", start_interval: 1s}
"""
NETWORK = "networks: {net: {enable_ipv4: false}}\n"
ALL = {
    "services.web.container_name isn't honoured",
    "services.web.restart isn't honoured: tasks that end are started again",
    "services.web.ports.0.0.host_ip isn't honoured",
    "services.web.networks.net.mac_address isn't honoured",
    "networks.net.enable_ipv4 isn't honoured",
}


def reading(root: Path, top: str = "", service: str = "") -> Reading:
    own = f"    x-reconciler: {{accept: [{service}]}}\n" if service else ""
    (root / "app.yaml").write_text(f"{WEB}{own}{NETWORK}x-reconciler: {{accept: [{top}]}}\n")
    return read(root, {})


def said(found: Reading) -> set[str]:
    assert found.faults == ()
    return {warning.message for warning in found.warnings}


def test_nothing_is_accepted_by_itself(tmp_path: Path) -> None:
    assert said(reading(tmp_path)) == ALL


@pytest.mark.parametrize("key", ["container_name", "restart", "ports.host_ip", "networks.mac_address"])
def test_a_key_is_accepted_in_a_service_and_for_all_of_them(key: str, tmp_path: Path) -> None:
    for found in (reading(tmp_path, service=key), reading(tmp_path, top=key), reading(tmp_path, top=f"services.{key}")):
        (left_out,) = ALL - said(found)
        assert key.rpartition(".")[2] in left_out


def test_keys_outside_of_services_are_accepted_at_the_top(tmp_path: Path) -> None:
    assert ALL - said(reading(tmp_path, top="networks.enable_ipv4")) == {"networks.net.enable_ipv4 isn't honoured"}


def test_a_key_that_the_engine_is_too_old_for_is_accepted_too(tmp_path: Path) -> None:
    (need,) = reading(tmp_path).stacks[0].services[0].needs
    assert not need.accepted
    (need,) = reading(tmp_path, service="healthcheck.start_interval").stacks[0].services[0].needs
    assert need.accepted


@pytest.mark.parametrize(
    ("top", "service", "place", "hint"),
    [
        ("contaner_name", "", "11:25", "did you mean `container_name`?"),
        ("", "restart, port.host_ip", "10:38", "did you mean `ports.host_ip`?"),
        ("", "networks.enable_ipv4", "10:29", "did you mean `networks.aliases`?"),
        ("x" * 5000, "", "11:25", "write it as COMPOSE.md does: ports.host_ip"),
    ],
)
def test_an_entry_that_is_no_key_is_a_fault(top: str, service: str, place: str, hint: str, tmp_path: Path) -> None:
    (fault,) = reading(tmp_path, top, service).faults
    assert (f"{fault.line}:{fault.column}", fault.hint) == (place, hint)
    assert "is no key whose warning can be accepted" in fault.message


def test_keys_are_named_without_names_and_indices() -> None:
    assert keys.named(("services", "ports", "ports", 0, 1, "host_ip")) == "services.ports.host_ip"
    assert keys.named(("services", "web", "depends_on", "gone")) == "services.depends_on"
    assert keys.named(()) == ""
    assert {"services.ports.host_ip", "networks.ipam.config.subnet", "services.gpus"} <= keys.names()
