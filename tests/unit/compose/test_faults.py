"""Bad files: every fault with its place, a message for people, and a hint."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.compose import Reading, read
from reconciler.compose.schema import Service
from reconciler.yaml.document import UnreadableYaml
from reconciler.yaml.parsing import load

CASES = Path(__file__).resolve().parents[2] / "cases" / "compose"


def reading(root: Path, **files: str) -> Reading:
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(dedent(text))
    return read(root, {"HOME": "/home/someone"})


@pytest.mark.parametrize("case", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_faults_of_a_file(case: Path, tmp_path: Path) -> None:
    """The file's first comment lines are what is expected: ``# LINE:COLUMN MESSAGE``."""
    text = case.read_text()
    expected = [line.removeprefix("#! ") for line in text.splitlines() if line.startswith("#! ")]
    (tmp_path / "app.yaml").write_text(text)
    found = read(tmp_path, {})
    assert [f"{fault.line}:{fault.column} {fault.message}" for fault in found.faults] == expected
    assert all(fault.hint for fault in found.faults)
    assert found.broken == {"app.yaml"}
    assert found.stacks == ()


def test_all_faults_of_all_files_at_once_and_the_good_ones_load(tmp_path: Path) -> None:
    found = reading(
        tmp_path,
        a="services: {web: {image: a, imagee: b, ports: ['x']}}",
        b="services: [",
        c="services: {web: {image: a}}",
    )
    assert [f"{fault.file}:{fault.line}:{fault.column}" for fault in found.faults] == [
        "a.yaml:1:28",
        "a.yaml:1:47",
        "b.yaml:1:12",
    ]
    assert [stack.name for stack in found.stacks] == ["c"]
    assert found.broken == {"a.yaml", "b.yaml"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"services:\n  a: {image: caf\xe9}\n", "2:17 app.yaml isn't a text: byte 26 isn't UTF-8"),
        (b"\xff\xfes\0", "1:1 app.yaml isn't a text: byte 0 isn't UTF-8"),
        (b'services:\n  a: {image: "x\0y"}\n', "2:16 not YAML: the character U+0000 isn't allowed"),
        ("services:\n  \u00fc: {image: \x07}\n".encode(), "2:14 not YAML: the character U+0007 isn't allowed"),
    ],
)
def test_a_character_that_may_not_be_there_is_told_at_its_place(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "app.yaml").write_bytes(data)
    (fault,) = read(tmp_path, {}).faults
    assert f"{fault.line}:{fault.column} {fault.message}" == said
    assert fault.hint


def test_what_stands_beside_external_is_warned_of(tmp_path: Path) -> None:
    found = reading(
        tmp_path, app="services: {a: {image: a, networks: [n]}}\nnetworks: {n: {external: true, driver: x}}\n"
    )
    assert found.faults == ()
    assert [str(warning.message) for warning in found.warnings] == ["networks.n.driver isn't honoured"]
    assert [(warning.line, warning.column) for warning in found.warnings] == [(2, 32)]


def test_an_anchor_may_be_given_anew(tmp_path: Path) -> None:
    found = reading(tmp_path, app="x-a: &a {image: a}\nx-b: &a {image: b}\nservices: {web: *a}\n")
    assert found.faults == ()
    assert found.stacks[0].services[0].spec["TaskTemplate"]["ContainerSpec"]["Image"] == "b:latest"


def test_each_line_of_an_env_file_that_is_none_is_told_at_its_place_there(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "app.env").write_text("A=1\n  export B=2\n# C D\n=3\nE F=4\n")
    service = "{image: a, env_file: conf/app.env}"
    found = reading(tmp_path, app=f"services: {{web: {service}, other: {service}}}")
    assert [str(fault).partition(" (")[0] for fault in found.faults] == [
        "conf/app.env:2:3: a variable's name holds a blank",
        "conf/app.env:4:1: no variable's name before the '='",
        "conf/app.env:5:1: a variable's name holds a blank",
    ]
    assert "`export`" in found.faults[0].hint


def test_what_leads_nowhere_in_a_folder_is_no_stack_that_left(tmp_path: Path) -> None:
    for name in ("pipe", "link"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe" / "compose.yaml")
    (tmp_path / "link" / "compose.yaml").symlink_to("nowhere")
    found = read(tmp_path, {})
    assert found.broken == {"pipe/compose.yaml", "link/compose.yaml"}
    assert [(fault.file, fault.line, bool(fault.hint)) for fault in found.faults] == [
        ("link/compose.yaml", 1, True),
        ("pipe/compose.yaml", 1, True),
    ]


def test_services_that_extend_one_another_without_end_are_told_once(tmp_path: Path) -> None:
    chain = "".join(f"  s{n}: {{extends: s{n + 1}}}\n" for n in range(1500))
    (fault,) = reading(tmp_path, app=f"services:\n{chain}  s1500: {{image: a}}\n").faults
    assert (fault.line, fault.column, fault.message) == (66, 18, "services extend one another more than 64 deep")


def test_a_long_text_is_told_in_short(tmp_path: Path) -> None:
    (fault,) = reading(tmp_path, app=f"services: {{a: {{image: {'A' * 10_000}}}}}").faults
    assert len(fault.message) < 600


def test_a_port_of_more_digits_than_python_takes_is_told_at_its_place(tmp_path: Path) -> None:
    (fault,) = reading(tmp_path, app=f"services: {{a: {{image: a, ports: ['1-{'9' * 5000}:80']}}}}").faults
    assert (fault.line, fault.column) == (1, 34)
    assert "isn't a port" in fault.message


@pytest.mark.parametrize(
    "key",
    [
        "environment: 'KEY ${KEY}'",
        "environment: '${KEY}'",
        "environment: [{KEY: '${KEY}'}]",
        "environment: 'KEY:${KEY}'",
    ],
)
def test_what_a_variable_holds_isnt_quoted_where_a_secret_may_stand(tmp_path: Path, key: str) -> None:
    (tmp_path / "app.yaml").write_text(f"services: {{a: {{image: a, {key}}}}}")
    (fault,) = read(tmp_path, {"KEY": "hunter2"}).faults
    assert "environment" in fault.message
    assert "hunter2" not in f"{fault.message} {fault.hint}"


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    (fault,) = read(tmp_path / "none", {}).faults
    assert "isn't there" in fault.message


def test_a_key_that_swarm_cant_honour_is_a_warning(tmp_path: Path) -> None:
    found = reading(tmp_path, app="services:\n  web:\n    image: a\n    build: .\n    privileged: true\n")
    assert found.faults == ()
    assert [(warning.line, warning.column, warning.message) for warning in found.warnings] == [
        (4, 5, "services.web.build isn't honoured"),
        (5, 5, "services.web.privileged isn't honoured"),
    ]


def test_files_outside_the_desired_folder_stay_outside(tmp_path: Path) -> None:
    root = tmp_path / "desired"
    root.mkdir()
    (tmp_path / "outside").write_text("secret")
    (root / "link").symlink_to(tmp_path / "outside")
    for name in ("../outside", "./link"):
        found = reading(root, app=f"services: {{web: {{image: a}}}}\nconfigs: {{c: {{file: {name}}}}}")
        assert "leads out of the desired folder" in found.faults[0].message


def test_two_stacks_of_a_name_and_two_services_of_a_name(tmp_path: Path) -> None:
    same = reading(tmp_path, a="name: one\nservices: {web: {image: a}}", b="name: one\nservices: {api: {image: a}}")
    assert "is described by a.yaml too" in same.faults[0].message
    taken = reading(
        tmp_path,
        a="services: {web: {image: a, x-reconciler: {name: taken}}}",
        b="services: {web: {image: a, x-reconciler: {name: taken}}}",
    )
    assert "is described at a.yaml" in taken.faults[0].message


def test_dependencies_across_stacks(tmp_path: Path) -> None:
    needs = "services: {web: {image: a, x-reconciler: {depends_on: {b_db: {condition: service_healthy}}}}}"
    alone = reading(tmp_path, a=needs)
    assert "depends on b_db, which no file describes" in alone.faults[0].message
    both = reading(tmp_path, a=needs, b="services: {db: {image: a}}")
    assert both.faults == ()
    assert both.stacks[0].services[0].depends_on[0].service == "b_db"
    circle = reading(tmp_path, a=needs, b="services: {db: {image: a, x-reconciler: {depends_on: [a_web]}}}")
    assert "go round in a circle" in circle.faults[0].message


def test_bombs_are_refused_in_words() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    with pytest.raises(UnreadableYaml, match="more than 100000 values"):
        load(bomb, "app.yaml")
    with pytest.raises(UnreadableYaml, match="nested too deeply"):
        load("[" * 200 + "]" * 200, "app.yaml")
    with pytest.raises(UnreadableYaml, match="3000000 characters"):
        load("#" * 3_000_000, "app.yaml")


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_loads_or_is_refused_in_words(text: str) -> None:
    with suppress(UnreadableYaml):
        load(text, "app.yaml")


FRAGMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 99)
    | st.sampled_from(["", "a", "8080:80", "5s", "x:y", "../z", "${A:-b}"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["source", "target", "a", "file"]), inner)
    ),
    max_leaves=5,
)
KEYS = st.sampled_from(sorted({*Service.model_fields, "x-reconciler", "bogus"}))


@given(
    st.dictionaries(KEYS, FRAGMENTS, max_size=5), st.dictionaries(st.sampled_from(["networks", "secrets"]), FRAGMENTS)
)
def test_any_shape_loads_or_is_refused_in_words(service: dict[str, object], rest: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.yaml").write_text(json.dumps({"services": {"web": service}, **rest}))
        found = read(Path(folder), {})
    assert found.stacks or found.faults


@pytest.mark.parametrize(
    "service",
    [
        "image: 'x:${WRONG}'",
        "{image: x, ports: ['${WRONG}:80']}",
        "{image: x, environment: {A: '${WRONG}', B: [1]}, user: [1], mem_limit: '${DB_PASSWORD}'}",
        "{image: x, labels: {a: '${UNSET:?${WRONG}}'}}",
    ],
)
def test_values_of_variables_that_stand_in_the_wrong_place_arent_quoted(tmp_path: Path, service: str) -> None:
    (tmp_path / ".env").write_text("WRONG='Canary value!'\nDB_PASSWORD=c4n\"\n")
    (tmp_path / "a.yaml").write_text(f"services:\n  a:\n    {service}\n")
    found = read(tmp_path, {"API_TOKEN": "unused", "PATH": "services.a"})
    assert found.faults
    said = "".join(map(str, found.faults))
    assert "Canary" not in said
    assert "c4n" not in said
    assert "services.a" in said or "a.yaml" in said
