"""A loop goes on under settings that changed, and forgets nothing by it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from reconciler.redaction import Redact
from reconciler.settings.file import effective
from reconciler.settings.layers import Layers
from reconciler.settings.live import LiveSettings
from tests.unit.loop.process import Process, process

STACK = "services: {web: {image: a, environment: {MODE: dark}}}"


def changed(file: Path, made: Process, text: str) -> LiveSettings:
    """The settings of a process after a change of its file."""
    file.write_text("removal_delay: 0\nmin_task_age: 0")
    layers = Layers("run", {"config": file, "desired": made.desired})
    live = LiveSettings(layers, effective(layers))
    file.write_text(text)
    live.look()
    asyncio.run(made.reconciler.under(live))
    return live


def test_defaults_of_services_change(tmp_path: Path) -> None:
    made = process(tmp_path / "desired")
    made.write("shop", STACK)
    assert made.passes(2).judgements["shop_web"].verdict == "Ready"
    changed(tmp_path / "a.yaml", made, "min_task_age: 1h")
    report = made.passes()
    assert report.judgements["shop_web"].verdict != "Ready"
    assert not report.outcomes


def test_a_broken_file_is_a_fault_and_stops_no_pass(tmp_path: Path) -> None:
    made = process(tmp_path / "desired")
    made.write("shop", STACK)
    changed(tmp_path / "a.yaml", made, "removal_delay: 0\nowner: other\nintervall: 5")
    report = made.passes(2)
    assert [fault.message for fault in report.faults] == ["intervall isn't a setting"]
    assert report.settings_faults == report.faults
    assert report.judgements["shop_web"].verdict == "Ready"


def test_what_takes_a_restart_is_a_warning(tmp_path: Path) -> None:
    made = process(tmp_path / "desired")
    made.write("shop", STACK)
    changed(tmp_path / "a.yaml", made, "removal_delay: 0\nowner: other")
    assert any(warning.message.startswith("owner has changed") for warning in made.passes().warnings)


def test_more_is_hidden_at_once_and_in_what_was_written_down(tmp_path: Path) -> None:
    made = process(tmp_path / "desired", redact=Redact.NONE)
    made.write("shop", STACK)
    made.parts.history.note(made.passes())
    asyncio.run(made.parts.history.flush())
    assert _written(made) == {"none"}
    changed(tmp_path / "a.yaml", made, "redact: all")
    assert made.parts.redaction.level is Redact.ALL
    asyncio.run(made.parts.history.flush())
    assert _written(made) == {"all"}


def _written(made: Process) -> set[str]:
    """What is hidden in the segments of the history."""
    from reconciler.notes.history_segments import hidden_in, prefix, segments

    owner = made.parts.settings.owner
    found = segments(made.parts.swarm.configs(prefix(owner)), owner)
    assert found
    return {hidden_in(each).value for each in found.values()}
