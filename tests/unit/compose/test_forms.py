"""Forms of single values, as docker's client 28 takes them (tests/swarm/test_conformance.py asks it)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.compose import read, scalars, short
from reconciler.yaml.scalars import resolved


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("# nothing", []),
        ("a#b 'c#d' \"e#f\" #g", ["a#b", "c#d", "e#f"]),
        ("a # b\n# c\nd", ["a", "d"]),
        ('"a\\"b\\nc"', ['a"bnc']),
        ("'a\\b' c\\ d ''", ["a\\b", "c d", ""]),
        ("--a='b c'\"d\"e\t f", ["--a=b cde", "f"]),
        ("a\u00a0b", ["a\u00a0b"]),
    ],
)
def test_a_line_is_split_nearly_as_a_shell_would(line: str, words: list[str]) -> None:
    assert scalars.command(line) == words


@pytest.mark.parametrize(
    ("read_as", "given", "value"),
    [
        (scalars.cpus, "1/2", 500_000_000),
        (scalars.cpus, ".25", 250_000_000),
        (scalars.cpus, "1e-1", 100_000_000),
        (scalars.cpus, "", 0),
        (scalars.size, ".5g", 2**29),
        (scalars.size, "1e7", 10_000_000),
        (scalars.size, "64 MB", 64 * 2**20),
        (scalars.size, "1.1GiB", 1181116006),
        (scalars.size, "10b", 10),
        (scalars.duration, "1.5h", 5400 * 10**9),
        (scalars.duration, ".5s", 5 * 10**8),
        (scalars.duration, "1m0.1s", 60_100_000_000),
        (scalars.duration, "1\u00b5s1\u03bcs", 2000),
        (scalars.duration, "1000000h0.000000001s", 3_600_000_000_000_000_001),
        (scalars.number, 999999.5, "999999.5"),
        (scalars.number, 1000000.0, "1e+06"),
        (scalars.number, 123456789.123, "1.23456789123e+08"),
        (scalars.number, 0.00012, "0.00012"),
        (scalars.number, 0.00001, "1e-05"),
        (scalars.number, -0.0, "-0"),
        (resolved, "18446744073709551615", 2**64 - 1),
        (resolved, "18446744073709551616", 2.0**64),
        (resolved, "0x1FFFFFFFFFFFFFFFF", "0x1FFFFFFFFFFFFFFFF"),
        (resolved, "0777777777777777777777777777", 777777777777777777777777777.0),
        (resolved, "0B11", 3),
        (resolved, "-_1_5", -15),
        (resolved, "1_2e_1", 120.0),
        (resolved, "_15", "_15"),
        (resolved, "._5", "._5"),
        (resolved, ".5_5", 0.55),
        (resolved, "0x_", "0x_"),
    ],
)
def test_numbers(read_as: Callable[[Any], Any], given: Any, value: Any) -> None:
    assert read_as(given) == value


@pytest.mark.parametrize(
    ("read_as", "given"),
    [
        *((scalars.cpus, given) for given in ("1/0", "1/3", "0.0000000001", "nan", "1e999999999999", "one")),
        *((scalars.size, given) for given in ("10ib", "-5m", "5e", "5 m b", "", "1e9999")),
        *((scalars.duration, given) for given in ("1d", "1 s", "", "-1s", ".s")),
        *((scalars.command, given) for given in ("a 'b", 'a "b\\"', "a\\")),
    ],
)
def test_what_is_no_such_value(read_as: Callable[[Any], Any], given: str) -> None:
    with pytest.raises(ValueError, match="; "):
        read_as(given)


@pytest.mark.parametrize(
    ("given", "pairs"),
    [
        ("8000-8002:80", [(8000, 80), (8001, 80), (8002, 80)]),
        ("9-11:9-11", [(9, 9), (10, 10), (11, 11)]),
        ("::1:80:81", [(80, 81)]),
        ("[::1]:80:81/TCP", [(80, 81)]),
        ("127.0.0.1::80", [(0, 80)]),
        ("80:81/", [(80, 81)]),
    ],
)
def test_ports(given: str, pairs: list[tuple[int, int]]) -> None:
    found = short.ports(given)
    assert [(port["published"], port["target"]) for port in found] == pairs
    assert {port["protocol"] for port in found} == {"tcp"}


@pytest.mark.parametrize(
    ("given", "kind", "source", "target"),
    [
        ("data:/x:ro", "volume", "data", "/x"),
        ("d:/x", "volume", "d", "/x"),  # a volume of one letter, not a drive
        ("d:/x:ro", "volume", "d", "/x"),
        ("d:/x:/y:ro", "bind", "d:/x", "/y"),
        ("d:\\x", "volume", "", "d:\\x"),
        ("C:\\a:D:\\b:ro", "bind", "C:\\a", "D:\\b"),
        ("\\\\server\\share:/x", "bind", "\\\\server\\share", "/x"),
        ("v", "volume", "", "v"),
        (".hidden:/x", "bind", ".hidden", "/x"),
    ],
)
def test_mounts(given: str, kind: str, source: str, target: str) -> None:
    found = short.mount(given)
    assert (found["type"], found.get("source", ""), found["target"]) == (kind, source, target)


def test_options_of_a_mount_that_swarm_has_no_use_for_are_left_out_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("services: {web: {image: a, volumes: ['/a:/b:z,ro,readonly']}}\n")
    found = read(tmp_path, {})
    assert [fault.message for fault in found.warnings] == [
        "the option 'readonly' of a mount isn't honoured",
        "the option 'z' of a mount isn't honoured",
    ]
    (mount,) = found.stacks[0].services[0].spec["TaskTemplate"]["ContainerSpec"]["Mounts"]
    assert mount == {"Type": "bind", "Target": "/b", "Source": "/a", "ReadOnly": True}


def test_an_empty_variable_takes_the_value_of_the_process(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("services: {web: {image: a, environment: [A=, B, C=, D], env_file: e}}\n")
    (tmp_path / "e").write_bytes(b"E=\r\nF=\x0cx\x0b\r\nG\n")
    found = read(tmp_path, {"A": "1", "B": "2", "E": "3", "D": ""})
    container = found.stacks[0].services[0].spec["TaskTemplate"]["ContainerSpec"]
    assert container["Env"] == ["A=1", "B=2", "C=", "D=", "E=3", "F=\x0cx\x0b"]


def test_hosts_stand_in_the_order_of_their_lines() -> None:
    assert short.hosts({"a": "1.1.1.1", "a-b": "1.1.1.2", "c": "[::1]", "d": None}) == [
        ("a-b", "1.1.1.2"),
        ("a", "1.1.1.1"),
        ("c", "::1"),
    ]
    assert short.hosts(["b=1.1.1.1", "a:1.1.1.2", "six:::1"]) == [("b", "1.1.1.1"), ("a", "1.1.1.2"), ("six", "::1")]
