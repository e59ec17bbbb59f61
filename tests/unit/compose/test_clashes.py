"""Ports and subnets that Swarm gives to one service or network only."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.compose import read


def warnings(root: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(text)
    found = read(root, {})
    assert found.faults == ()
    return [str(warning) for warning in found.warnings]


def publishing(*ports: str, more: str = "") -> str:
    return f"services: {{w: {{image: a, ports: [{', '.join(ports)}]{more}}}}}\n"


HOST = "{target: 80, published: 8080, mode: host}"


@pytest.mark.parametrize(
    ("one", "two", "clash"),
    [
        (("'8080:80'",), ("'8080:81'",), "8080/tcp"),
        (("'8080:80'",), (HOST,), "8080/tcp"),
        ((HOST,), ("'8080:80'",), "8080/tcp"),
        ((HOST,), (HOST,), ""),
        (("'8080:80'",), ("'8080:80/udp'",), ""),
        (("'80'",), ("'80'",), ""),
        (("'8000-8010:8000-8010'",), ("'8005-8020:8005-8020'",), "8005/tcp"),
    ],
)
def test_ports_of_two_stacks(one: tuple[str, ...], two: tuple[str, ...], clash: str, tmp_path: Path) -> None:
    said = warnings(tmp_path, a=publishing(*one), b=publishing(*two))
    told = f"b.yaml:1:12: port {clash} is published by a_w too, at a.yaml:1 "
    assert [warning.partition("(")[0] for warning in said] == ([told] if clash else [])


def test_ports_of_one_stack(tmp_path: Path) -> None:
    both = "services:\n  a: {image: a, ports: ['80:80']}\n  b: {image: a, ports: ['80:80']}\n"
    (said,) = warnings(tmp_path, app=both)
    assert said.startswith("app.yaml:3:3: port 80/tcp is published by app_a too, at app.yaml:2")


def test_a_clash_of_ports_can_be_accepted(tmp_path: Path) -> None:
    accepting = publishing("'80:80'", more=", x-reconciler: {accept: [ports]}")
    assert warnings(tmp_path, a=publishing("'80:80'"), b=accepting) == []


def attached(*subnets: str, more: str = "") -> str:
    pools = ", ".join(f"{{subnet: '{subnet}'}}" for subnet in subnets)
    return f"services: {{a: {{image: a, networks: [n]}}}}\nnetworks: {{n: {{ipam: {{config: [{pools}]{more}}}}}}}\n"


def test_subnets_of_two_stacks(tmp_path: Path) -> None:
    (said,) = warnings(tmp_path, o1=attached("10.99.0.0/24"), o2=attached("10.99.0.0/16"), o3=attached("10.98.0.0/16"))
    assert said.startswith("o2.yaml:2:12: subnet 10.99.0.0/16 overlaps 10.99.0.0/24 of o1.yaml:2 (network o1_n)")


def test_a_subnet_overlaps_a_larger_one_behind_a_smaller_one(tmp_path: Path) -> None:
    files = {"a": attached("10.0.0.0/8"), "b": attached("10.1.0.0/24"), "c": attached("10.2.0.0/24", "fd00::/64")}
    assert [said.partition(" ")[0] for said in warnings(tmp_path, **files)] == ["b.yaml:2:12:", "c.yaml:2:12:"]


def test_other_drivers_keep_other_books(tmp_path: Path) -> None:
    files = {"a": attached("10.0.0.0/8", more=", driver: theirs"), "b": attached("10.0.0.0/8")}
    assert warnings(tmp_path, **files) == []


def test_a_clash_of_subnets_can_be_accepted(tmp_path: Path) -> None:
    accepting = f"{attached('10.0.0.0/8')}x-reconciler: {{accept: [networks.ipam.config.subnet]}}\n"
    assert warnings(tmp_path, a=attached("10.0.0.0/8"), b=accepting) == []
