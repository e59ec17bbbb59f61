"""Small files that ask for work without end: each is refused in words, within memory that a small machine has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.compose import Reading, read
from reconciler.compose.budget import MOST_TEXT
from reconciler.compose.faults import MOST_TOLD
from reconciler.compose.folder import Reader

Written = Mapping[str, str]


def reading(root: Path, files: Written) -> Reading:
    for name, text in files.items():
        (root / name).write_text(text)
    return read(root, {})


def services(count: int, rest: str) -> str:
    return "services:\n" + "".join(f"  s{number}: {{image: b{rest}}}\n" for number in range(count))


def extends() -> Written:
    labels = "".join(f"      k{number}: v\n" for number in range(1_000))
    extending = "".join(f"  s{number}:\n    extends: {{service: base}}\n" for number in range(2_500))
    return {"a.yaml": f"services:\n  base:\n    image: busybox\n    labels:\n{labels}{extending}"}


def a_large_variable() -> Written:
    lines = "".join(f"      V{number}: ${{BIG}}\n" for number in range(400))
    return {
        ".env": f"BIG={'x' * 900_000}\n",
        "a.yaml": f"services:\n  a:\n    image: busybox\n    environment:\n{lines}",
    }


def env_files() -> Written:
    lines = "".join(f"A{number}=x\n" for number in range(10_000))
    return {"all.env": lines, "a.yaml": services(200, ", env_file: all.env")}


def labels_of_a_volume() -> Written:
    labels = ", ".join(f"l{number}: x" for number in range(2_000))
    return {"a.yaml": f"volumes: {{data: {{labels: {{{labels}}}}}}}\n" + services(300, ", volumes: ['data:/x']")}


def paths_to_ignore() -> Written:
    paths = ", ".join(["deploy.replicas"] * 2_000)
    return {"a.yaml": f"x-reconciler: {{ignore: [{paths}]}}\n" + services(300, "")}


def too_many_services() -> Written:
    return {"a.yaml": services(10_000, "")}


@pytest.mark.parametrize(
    "asked",
    [extends, env_files, labels_of_a_volume, paths_to_ignore, too_many_services],
    ids=lambda each: each.__name__,
)
def test_values_that_multiply_are_refused(asked: object, tmp_path: Path) -> None:
    assert callable(asked)
    found = reading(tmp_path, asked())
    assert [fault.message for fault in found.faults] == ["the stack has more than 150000 values from here on"]
    assert found.broken == {"a.yaml"}


def test_text_that_multiplies_is_refused(tmp_path: Path) -> None:
    found = reading(tmp_path, a_large_variable())
    assert [f"{fault.line} {fault.message}" for fault in found.faults] == [
        f"21 variables and files bring in more than {MOST_TEXT} characters from here on"
    ]


def test_one_file_that_many_configs_name_is_refused(tmp_path: Path) -> None:
    configs = "".join(f"  c{number}: {{file: ./data}}\n" for number in range(20))
    found = reading(tmp_path, {"data": "x" * 1_000_000, "a.yaml": services(1, "") + f"configs:\n{configs}"})
    assert len(found.faults) == 5
    assert "one file too many" in found.faults[0].message


def test_faults_are_told_up_to_a_number(tmp_path: Path) -> None:
    found = reading(tmp_path, {"a.yaml": "services:\n" + "".join(f"  s{number}: {{}}\n" for number in range(3_000))})
    assert len(found.faults) == MOST_TOLD + 1
    assert any("no more are listed" in fault.message for fault in found.faults)


def test_services_that_all_depend_on_one_another_are_refused(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(60)]
    lines = "".join(
        f"  {name}: {{image: b, depends_on: {[each for each in names if each != name]}}}\n" for name in names
    )
    found = reading(tmp_path, {"a.yaml": f"services:\n{lines}"})
    assert [fault.message for fault in found.faults] == ["dependencies go round in more than 20 circles"]


@pytest.mark.parametrize(
    "text",
    [
        "command: '" + "$$" * 200_000 + "'",
        "command: '" + "${A:-" * 50 + "}" * 50 + "'",
        "volumes: ['" + "a" * 400_000 + "']",
        "stop_grace_period: '" + "1" * 400_000 + "'",
        "mem_limit: '" + "1" * 400_000 + "x'",
        "deploy: {placement: {constraints: ['node.role==" + " " * 400_000 + "!']}}",
    ],
    ids=lambda text: text[:20],
)
def test_a_long_text_takes_time_linear_in_its_length(text: str, tmp_path: Path) -> None:
    """Quadratic time would be hours: the test's own end is the assertion."""
    reading(tmp_path, {"a.yaml": f"services: {{a: {{image: b, {text}}}}}\n"})


def test_a_pipe_in_place_of_the_env_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    found = reading(tmp_path, {"a.yaml": services(1, "")})
    assert [fault.message for fault in found.faults] == [".env is a pipe, a socket or a device"]


def test_a_large_desired_state_loads(tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / f"st{number}.yaml").write_text(services(2, ", environment: {A: '1'}, deploy: {replicas: 2}"))
    found = read(tmp_path, {})
    assert found.faults == ()
    assert sum(len(stack.services) for stack in found.stacks) == 1_000


def crowd(count: int) -> Written:
    """Stacks that each take most of what one may take."""
    return {f"large-{number}.yaml": extends_within() for number in range(count)}


def extends_within() -> str:
    lines = "".join(f"  s{number}: {{extends: base}}\n" for number in range(400))
    keys = ", ".join(f"k{number}: v" for number in range(120))
    return f"services:\n  base: {{image: b, labels: {{{keys}}}}}\n{lines}"


def test_many_large_stacks_leave_room_for_small_ones(tmp_path: Path) -> None:
    small = {f"small-{number}.yaml": services(3, "") for number in range(5)}
    found = reading(tmp_path, {**crowd(6), **small})
    assert {fault.message for fault in found.faults} == {
        "all stacks together have more than 300000 values from here on"
    }
    assert found.broken == {f"large-{number}.yaml" for number in (3, 4, 5)}
    assert {stack.source for stack in found.stacks} >= small.keys()


def test_a_stack_that_was_crowded_out_is_read_once_there_is_room(tmp_path: Path) -> None:
    reader = Reader({})
    for name, text in crowd(4).items():
        (tmp_path / name).write_text(text)
    assert reader.read(tmp_path).broken == {"large-3.yaml"}
    (tmp_path / "large-0.yaml").unlink()
    assert not reader.read(tmp_path).broken


def test_a_thousand_services_in_five_hundred_files_are_read(tmp_path: Path) -> None:
    found = reading(tmp_path, {f"app-{number}.yaml": services(2, "") for number in range(500)})
    assert not found.faults
    assert len(found.stacks) == 500
