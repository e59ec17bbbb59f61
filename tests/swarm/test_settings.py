"""A settings file: commands go by it, and a running loop follows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.files import put
from tests.swarm.looping import Program, compose, service
from tests.swarm.supervising import supervised

LONG = "min_task_age: 1h\n"


@pytest.fixture
def file(program: Program) -> Path:
    return put(program.desired.parent / "reconciler.yaml", LONG)


def plain(stack: str) -> str:
    """A stack whose tasks come of age as the settings say."""
    return compose(stack, {"web": service()}).replace("min_task_age: 1s, ", "")


def test_a_running_loop_takes_changes_over(program: Program, stack: str, file: Path) -> None:
    program.write("app.yaml", plain(stack))
    with program.loop(RECONCILER_CONFIG=str(file)) as loop:
        loop.report(lambda report: report["services"][0]["running"] == 1)
        assert not any(report["verdict"] == "Ready" for report in loop.reports)
        since = len(loop.reports)
        put(file, "min_task_age: 100ms\ninterval: 5s\nredact: all\n")
        taken = loop.report(lambda report: any("settings taken over" in wake for wake in report["wakes"]), since)
        assert "settings taken over: redact, min_task_age, interval" in taken["wakes"]
        loop.ready(since)
        assert json.loads((program.desired.parent / "run" / f"{program.owner}.json").read_text())["interval"] == 5


def test_what_takes_a_restart_is_named_and_a_broken_file_changes_nothing(
    program: Program, stack: str, file: Path
) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    with program.loop(RECONCILER_CONFIG=str(file)) as loop:
        loop.ready()
        since = len(loop.reports)
        put(file, f"{LONG}trigger: elsewhere\nintervall: 5\n")
        broken = loop.report(lambda report: bool(report["errors"]), since)
        assert [(each["file"], each["line"], each["message"]) for each in broken["errors"]] == [
            (str(file), 3, "intervall isn't a setting")
        ]
        status = program.json("status", expect=65)
        assert (status["source"], status["services"][0]["verdict"]) == ("loop", "Ready")
        assert status["errors"] == broken["errors"]
        since = len(loop.reports)
        put(file, f"{LONG}trigger: elsewhere\n")
        waits = loop.report(lambda report: not report["errors"], since)
        assert any("trigger has changed" in warning["message"] for warning in waits["warnings"])
        since = len(loop.reports)
        file.unlink()
        gone = loop.report(lambda report: bool(report["errors"]), since)
        assert "can't be read: No such file or directory" in gone["errors"][0]["message"]
        put(file, LONG)
        loop.report(lambda report: not report["errors"] and not report["warnings"], len(loop.reports))


def test_every_command_goes_by_it(program: Program, stack: str, tmp_path: Path) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    file = put(tmp_path / "a.yaml", f"desired: {program.desired}\nhost: {program.host}\nowner: {program.owner}\n")
    alone = dict.fromkeys(("RECONCILER_DESIRED", "RECONCILER_HOST", "RECONCILER_OWNER"), "")
    program("apply", "--config", str(file), expect=0, **alone)
    assert program.json("ls", expect=0, RECONCILER_CONFIG=str(file), **alone)["services"][0]["name"] == f"{stack}_web"
    put(file, "ownr: b\n")
    for command in ("plan", "ls", "run", "reload"):
        errors = program.json(command, "--config", str(file), expect=65)["errors"]
        assert errors[0]["hint"] == "did you mean `owner`?"


def test_a_supervisor_passes_it_on_and_names_what_is_its_own(program: Program, stack: str, file: Path) -> None:
    program.write("app.yaml", plain(stack))
    put(file, f"min_task_age: 100ms\napp: {{restart: never}}\nhost: {program.host}\n")
    with supervised(program, "--config", str(file)) as it:
        it.runs()
        put(file, f"min_task_age: 200ms\napp: {{restart: always}}\nhost: {program.host}\n")
        assert it.tells("settings changed that take a restart of the container")["names"] == "app.restart"
        it.awaits(lambda: any("min_task_age" in str(report["wakes"]) for report in it.passes), "the loop's own change")
        assert not any(report["warnings"] for report in it.passes[-1:])
