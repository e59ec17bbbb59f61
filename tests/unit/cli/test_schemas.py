"""The committed JSON Schemas are current, and hold what commands print."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reconciler.cli.schema import schemas

FOLDER = Path(__file__).parents[3] / "schemas"


def test_the_committed_schemas_are_current() -> None:
    """`make schema` writes them again."""
    assert {path.name: path.read_text() for path in FOLDER.glob("*.json")} == schemas()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_they_are_schemas(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_options_as_users_write_them_are_valid() -> None:
    schema = json.loads((FOLDER / "x-reconciler.json").read_text())
    given = {
        "stack": {"min_task_age": "5s", "ready_timeout": 90},
        "service": {"ignore": ["deploy.replicas"], "depends_on": ["other_db"], "image_policy": "track"},
        "network": {"replace": True},
        "secret": {"generate": {"length": 20}},
    }
    jsonschema.validate(given, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**given, "network": {"replaces": True}}, schema)
