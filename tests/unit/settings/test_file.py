"""The settings file: what it says, and every fault in it with its place."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.redaction import Redact
from reconciler.settings.choices import Restart
from reconciler.settings.file import LARGEST, MOST_TOLD, SettingsFile, read
from reconciler.settings.schema import schema
from reconciler.settings.table import TABLE
from reconciler.yaml.parsing import load

CASES = sorted((Path(__file__).parents[2] / "cases" / "settings").glob("*.yaml"))
WANTED = re.compile(r"#! (\d+):(\d+) (.*)")


def said(path: Path, text: str) -> SettingsFile:
    path.write_text(text)
    return read(path)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_faults(case: Path) -> None:
    """The first lines of a case are its faults: ``#! LINE:COLUMN MESSAGE (HINT)``."""
    wanted = [found for line in case.read_text().splitlines() if (found := WANTED.match(line))]
    faults = read(case).faults
    assert wanted
    assert [(each.file, each.line, each.column) for each in faults] == [
        (str(case), int(line), int(column)) for line, column, _ in (each.groups() for each in wanted)
    ]
    for fault, each in zip(faults, wanted, strict=True):
        assert f"{fault.message} ({fault.hint})".startswith(each[3].removesuffix(")")), fault
        assert fault.hint


def test_a_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "reconciler.yaml"
    text = """
desired: stacks
interval: 5m
redact: all
parallel: 4
allow_paths: [more, /srv/shared]
app: {restart: on-failure, stop_timeout: 1m30s}
after: [db, shop/web]
x-mine: {anything: goes}
"""
    found = said(file, text)
    assert found.faults == ()
    assert {name: each.value for name, each in found.said.items()} == {
        "desired": tmp_path / "stacks",
        "interval": 300.0,
        "redact": Redact.ALL,
        "parallel": 4,
        "allow_paths": (tmp_path / "more", Path("/srv/shared")),
        "app_restart": Restart.ON_FAILURE,
        "app_stop_timeout": 90.0,
        "after": ("db", "shop/web"),
    }
    assert found.said["interval"].place == f"{file}:3"
    assert found.said["app_stop_timeout"].place == f"{file}:7"
    jsonschema.validate(load(text, "").plain(), schema())


def test_the_schema_has_every_key_and_refuses_others() -> None:
    found = schema()
    groups = {name: each["properties"] for name, each in found["properties"].items() if "properties" in each}
    keys = {f"{group}.{name}" for group, inner in groups.items() for name in inner}
    keys |= found["properties"].keys() - groups.keys()
    assert keys == {setting.name for setting in TABLE.values() if setting.in_file}
    for wrong in ({"intervall": 5}, {"app": {"no": 1}}, {"redact": "some"}, {"parallel": 0}, {"interval": "soon"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, found)


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert said(tmp_path / "a.yaml", "# nothing yet\n") == SettingsFile()


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"a: \xff", "not UTF-8 from byte 4 on"), (b"#" * (LARGEST + 1), "is longer than"), (None, "can't be read")],
)
def test_what_is_no_text_is_a_fault_of_the_file(tmp_path: Path, data: bytes | None, message: str) -> None:
    file = tmp_path / "a.yaml"
    if data is not None:
        file.write_bytes(data)
    (fault,) = read(file).faults
    assert (fault.file, fault.line) == (str(file), 0)
    assert message in fault.message
    assert read(tmp_path).faults[0].message == "can't be read: Is a directory"
    assert read(Path("/dev/zero")).faults[0].message == "is no regular file"


def test_only_so_many_faults_are_listed_and_quickly(tmp_path: Path) -> None:
    began = time.process_time()
    faults = said(tmp_path / "a.yaml", "".join(f"{number}intervall{'l' * 50}: 1\n" for number in range(3000))).faults
    assert len(faults) == MOST_TOLD + 1
    assert faults[-1].message == f"more than {MOST_TOLD} faults; no more are listed"
    assert time.process_time() - began < 10


KEYS = st.sampled_from([*(setting.name for setting in TABLE.values()), "app", "dockerd", "x-a", "nothing"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9) | KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(data=st.dictionaries(KEYS, VALUES, max_size=5))
def test_whatever_is_in_it_is_read_or_a_fault(data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("settings") / "a.yaml"
    found = said(file, json.dumps(data))
    assert all(fault.file == str(file) and fault.message for fault in found.faults)
    if not found.faults:
        assert found.said.keys() <= TABLE.keys()


@given(text=st.text(max_size=60))
def test_any_text_is_read_or_a_fault(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("settings") / "a.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    read(file)


def test_a_secret_is_in_no_fault(tmp_path: Path) -> None:
    for text in ("join_token: {SWMTKN-1-x: 1}", "join_token: [SWMTKN-1-x]", "join_token: SWMTKN-1-x\njoin_token: b"):
        faults = said(tmp_path / "a.yaml", text).faults
        assert faults
        assert not any("SWMTKN" in str(fault) for fault in faults)
