"""``explain`` of services that are ill on a real engine is enough to know what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

SCHEMA = Path(__file__).parents[2] / "schemas" / "explain.json"
QUICKLY = "deploy: {endpoint_mode: dnsrr, restart_policy: {delay: 500ms}}"
ILL = {
    "crash": service("echo no DATABASE_URL given; exit 3", f"{QUICKLY}\nx-reconciler: {{min_task_age: 1m}}"),
    "lost": service(extra=QUICKLY, image="busybx:latest"),
    "app": service(extra="depends_on: {crash: {condition: service_healthy}}"),
}


def test_what_is_ill_is_explained_with_what_to_do(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, ILL))
    with program.loop():
        crash = until(lambda: _told(program, "crash", "Degraded"), 60)
        assert "exit code 3" in crash["what_to_do"][0]
        assert crash["log"]["lines"] == ["no DATABASE_URL given"]
        assert {task["exit_code"] for task in crash["tasks"]} >= {3}
        assert [edge["service"] for edge in crash["dependents"]] == [f"{stack}_app"]
        lost = until(lambda: _told(program, "lost", "Degraded"), 60)
        assert "can't pull image busybx:latest" in lost["what_to_do"][0]
        app = until(lambda: _told(program, "app", "Waiting"), 60)
        assert f"It waits for {stack}_crash, which is Degraded" in app["what_to_do"][0]
        until(lambda: "Degraded" in str(_told(program, "crash", "Degraded")["history"]), 30, "the verdict is told")
        program("suspend", f"{stack}/app", "--reason", "by night")
        assert "`reconciler resume" in program("explain", "app")
    text = program("explain", f"{stack}_crash")
    for title in ("what to do", "next", "tasks", "log of task", "needed by", "desired", "observed", "history"):
        assert f"\n{title}" in text
    assert "did you mean" in program.json("explain", "crahs", expect=64)["error"]


def _told(program: Program, key: str, verdict: str) -> Any:
    found = program.json("explain", f"{program.owner}/{key}")
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    return found if found["state"]["verdict"] == verdict else None


def test_the_health_checks_own_words_are_shown(program: Program, stack: str) -> None:
    check = "healthcheck: {test: [CMD, sh, -c, echo the disk is full; exit 9], interval: 1s, retries: 100}"
    program.write("app.yaml", compose(stack, {"web": service(extra=check)}))
    with program.loop():
        found = until(lambda: program.json("explain", "web")["check"], 60, "the check has failed")
        assert (found["exit_code"], found["output"]) == (9, "the disk is full")
        assert "the disk is full" in program("explain", "web")
