"""The canonical form of what a file wants is the same from release to release.

Fingerprints of it are noted in labels of the Swarm, so that a spec that was rolled back isn't tried again. An upgrade
must not forget them. ``tests/cases/fingerprints.json`` has those of the services of ``tests/cases/`` whose specs don't
name the folder that they are in.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reconciler.compose import read
from reconciler.plan.canonical import fingerprint

CASES = Path(__file__).resolve().parents[2] / "cases"
KNOWN: dict[str, dict[str, str]] = json.loads((CASES / "fingerprints.json").read_text())
VARIABLES = {"PLAIN": "plain", "EMPTY": "", "FROM_PROCESS": "yes", "STACK": "app", "HOME": "/home/someone"}


def fingerprints(case: Path, folder: Path) -> dict[str, str]:
    shutil.copytree(case.parent, folder / "app", ignore=shutil.ignore_patterns("*.yaml", "*.json"))
    shutil.copy(case, folder / "app" / "compose.yaml")
    found = read(folder, VARIABLES)
    assert found.faults == ()
    return {service.name: fingerprint(service.spec) for stack in found.stacks for service in stack.services}


@pytest.mark.parametrize("case", sorted(KNOWN))
def test_a_service_has_the_fingerprint_that_it_had(case: str, tmp_path: Path) -> None:
    assert fingerprints(CASES / case, tmp_path) == KNOWN[case]
