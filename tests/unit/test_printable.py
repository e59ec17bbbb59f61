"""No name, and nothing that an engine says, breaks an output or steers a terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.log_line import step_line
from reconciler.compose.folder import read
from reconciler.errors import Fault
from reconciler.printable import printable
from reconciler.status.outputs import ErrorOutput, Remark, ValidateOutput
from reconciler.triggers.wakes import Wake

ODD = {
    b"caf\xe9": r"caf\xe9",
    b"a\nb": r"a\nb",
    b"\x1b[31mred": r"\x1b[31mred",
    "\u202egpj.exe".encode(): r"\u202egpj.exe",
    b"\x7f\x01": r"\x7f\x01",
}


@pytest.mark.parametrize(("name", "shown"), ODD.items())
def test_odd_names_are_escaped_in_faults_and_reasons(name: bytes, shown: str) -> None:
    text = os.fsdecode(name)
    assert Fault(text, 1, 1, f"{text} is odd").file == shown
    assert Wake(text).reason == shown


@given(st.text())
def test_whatever_is_escaped_is_printable_and_fits_in_one_log_line(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)
    assert step_line(0.0, "said", {"text": text}).isprintable()


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_json_is_made_of_any_string(text: str) -> None:
    remark = Remark(file=text, line=1, column=1, message=text, hint=text)
    given = ValidateOutput(warnings=[remark], errors=[]).model_dump_json().encode()
    assert len(json.loads(given)["warnings"]) == 1
    assert "error" in json.loads(ErrorOutput(error=text).model_dump_json(indent=2).encode())


@pytest.mark.parametrize(("name", "shown"), ODD.items())
def test_a_compose_file_of_an_odd_name_is_a_fault_and_any_other_file_is_nothing(
    name: bytes, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text("services: {a: {image: a}}")
    (tmp_path / os.fsdecode(name + b".txt")).write_text("")
    (tmp_path / os.fsdecode(name)).mkdir()
    assert read(tmp_path, {}).faults == ()
    (tmp_path / os.fsdecode(name + b".yaml")).write_text("name: b\nservices: {b: {image: b}}")
    (tmp_path / os.fsdecode(name) / "compose.yaml").write_text("name: c\nservices: {c: {image: c}}")
    reading = read(tmp_path, {})
    assert {fault.file for fault in reading.faults} == {f"{shown}.yaml", f"{shown}/compose.yaml"}
    assert [stack.name for stack in reading.stacks] == ["a"]


def test_a_compose_file_of_a_very_long_name_is_a_fault_or_has_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / f"{'a' * 250}.yaml").write_text("name: short\nservices: {a: {image: a}}")
    assert [stack.name for stack in read(tmp_path, {}).stacks] == ["short"]
