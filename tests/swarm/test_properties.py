"""Properties of generated documents on a real engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.documents import documents
from tests.swarm.looping import Program

ON_AN_ENGINE = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # to shrink a failure on an engine would take an hour
)


@pytest.mark.each_engine
@given(documents(), documents())
@ON_AN_ENGINE
def test_one_apply_is_enough_and_what_was_there_before_leaves_no_trace(
    program: Program, stack: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Of any two documents, one after the other: ``apply`` then ``plan`` is empty, the file that ``import`` writes
    plans to nothing, and the second document alone decides. Networks are the same in both: a changed one waits for
    consent to its replacement."""
    networks = {**other.get("networks", {}), **one.get("networks", {})}
    for document in (one, other):
        program.write("app.yaml", json.dumps({"name": stack, **document, "networks": networks}))
        program("apply", "--allow-prune-all")
        assert program.json("plan")["actions"] == []
    program.write("app.yaml", program("import", "--stack", stack))
    assert program.json("plan")["actions"] == []
