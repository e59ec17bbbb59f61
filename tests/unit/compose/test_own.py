"""Stacks of our own, beyond ``docker stack``'s schema: each file and what it is lowered to, side by side."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from reconciler.compose import read

CASES = Path(__file__).resolve().parents[2] / "cases" / "own"


@pytest.mark.parametrize("case", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_is_lowered_to_what_stands_beside_it(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(CASES, folder, ignore=lambda _, names: [name for name in names if name.endswith(("yaml", "json"))])
    shutil.copy(case, folder / "compose.yaml")
    found = read(tmp_path, {"FROM_PROCESS": "yes", "HOME": "/home/someone"})
    assert found.faults == ()
    (stack,) = found.stacks
    made: dict[str, Any] = {
        "services": {each.name: each.spec for each in stack.services},
        "dependencies": {
            each.name: [f"{other.service} {other.condition}" for other in each.depends_on] for each in stack.services
        },
        "needs": [f"{need.key} {need.engine}" for each in stack.services for need in each.needs],
        "networks": {each.name: each.spec for each in stack.networks},
        "configs": {each.name: {**each.spec, "Data": each.data.decode()} for each in stack.configs},
        "secrets": {each.name: {**each.spec, "Data": b64encode(each.data).decode()} for each in stack.secrets},
        "warnings": [str(fault) for fault in found.warnings],
    }
    assert made == json.loads(case.with_suffix(".json").read_text())
