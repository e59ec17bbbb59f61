"""Bad input never moves the Swarm; services that can't be are told apart from those that can."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Loop, Program, Report, compose, service
from tests.swarm.waiting import until

BROKEN = {
    "yaml": ("services:\n  a: [1\n", 3, "not YAML"),
    "key": ("services:\n  a:\n    image: busybox:latest\n    comand: x\n", 4, "isn't a key of Compose"),
    "duration": (
        "services:\n  a:\n    image: busybox:latest\n    healthcheck: {test: x, interval: 5 parsecs}\n",
        4,
        "isn't a duration",
    ),
    "network": ("services:\n  a:\n    image: busybox:latest\n    networks: [lost]\n", 4, "network lost isn't declared"),
    "variable": ("services:\n  a:\n    image: ${NOT_SET_ANYWHERE:?say which}\n", 3, "NOT_SET_ANYWHERE is required"),
}


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_broken_file_moves_nothing_and_drift_elsewhere_is_healed(
    program: Program, stack: str, docker: Docker, fault: str
) -> None:
    text, line, message = BROKEN[fault]
    program.write("good.yaml", compose(f"{stack}g", {"b": service()}))
    program.write("bad.yaml", compose(f"{stack}b", {"a": service()}))
    with program.loop() as loop:
        loop.ready()
        before = _version(docker, f"{stack}b_a")
        seen = len(loop.reports)
        program.write("bad.yaml", text)
        for said in (
            loop.report(lambda report: bool(report["errors"]), since=seen),
            program.json("validate", expect=65),
            program.json("plan", expect=65),
        ):
            (error,) = said["errors"]
            assert (error["file"], error["line"]) == ("bad.yaml", line)
            assert error["column"] >= 1
            assert message in error["message"]
            assert error["hint"]
        docker("service", "scale", "--detach", f"{stack}g_b=2")
        until(
            lambda: docker("service", "inspect", f"{stack}g_b", "--format", "{{.Spec.Mode.Replicated.Replicas}}") == "1"
        )
        assert _version(docker, f"{stack}b_a") == before
        docker("service", "scale", "--detach", f"{stack}b_a=2")  # its last good state goes on being healed
        until(
            lambda: docker("service", "inspect", f"{stack}b_a", "--format", "{{.Spec.Mode.Replicated.Replicas}}") == "1"
        )
        seen = len(loop.reports)
        program.write("bad.yaml", compose(f"{stack}b", {"a": service()}))
        loop.report(lambda report: not report["errors"] and report["verdict"] == "Ready", since=seen)


def test_an_emptied_folder_prunes_nothing_without_the_flag(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"a": service(), "b": service(), "c": service()}))
    program.json("apply")
    (program.desired / "app.yaml").unlink()
    with program.loop() as loop:
        report = loop.report(lambda report: bool(report["needs_consent"]))
        assert "--allow-prune-all" in report["needs_consent"]
        assert len(docker("stack", "services", stack, "--quiet").split()) == 3
    assert "--allow-prune-all" in program("plan", expect=1)
    program("apply", expect=1)
    assert program.json("apply", "--allow-prune-all")["verdict"] == "Missing", "nothing is desired any more"
    assert docker("stack", "services", stack, "--quiet") == ""


def test_one_service_that_leaves_the_file_is_removed(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"a": service(), "b": service(), "c": service()}))
    program.json("apply")
    program.write("app.yaml", compose(stack, {"a": service(), "b": service()}))
    assert program.json("apply")["recap"]["changed"] == 1
    assert len(docker("stack", "services", stack, "--quiet").split()) == 2


QUICK = "deploy: {restart_policy: {delay: 200ms}}"
SICK = {
    "missing": (
        service(image="busybox:nowhere"),
        r"busybox:nowhere",
        "No such image|pull access|not found|lookup|denied",
    ),
    "dying": (service("echo last words; exit 3", QUICK), r"crash-looping", r"3"),
    "ill": (
        service("exec sleep 1000", f"healthcheck: {{test: [CMD, 'false'], interval: 200ms, retries: 1}}\n{QUICK}"),
        r"crash-looping|not ready within",
        r"unhealthy",
    ),
}


@pytest.mark.parametrize("sickness", sorted(SICK))
def test_a_sick_service_is_degraded_in_the_engines_words_and_mended_by_its_file(
    program: Program, stack: str, sickness: str
) -> None:
    text, reason, words = SICK[sickness]
    needs = service(extra="depends_on: {sick: {condition: service_healthy}}")
    program.write("app.yaml", compose(stack, {"sick": text, "needs": needs, "free": service()}))
    with program.loop() as loop:
        report = loop.report(lambda report: _of(report, f"{stack}_sick")["verdict"] == "Degraded", deadline=90)
        sick = _of(report, f"{stack}_sick")
        assert re.search(words, sick["error"]), sick
        assert re.search(reason, f"{sick['reason']} {sick['error']}"), sick
        if sickness == "dying":
            _says(loop, f"{stack}_sick", "last words")
        assert _of(report, f"{stack}_needs")["verdict"] == "Waiting"
        assert "sick" in _of(report, f"{stack}_needs")["reason"]
        loop.report(lambda report: _of(report, f"{stack}_free")["verdict"] == "Ready")
        seen = len(loop.reports)
        program.write("app.yaml", compose(stack, {"sick": service(), "needs": needs, "free": service()}))
        loop.ready(since=seen)


def test_a_write_that_the_engine_refuses_backs_off_and_holds_back_nothing_else(program: Program, stack: str) -> None:
    odd = service(extra='hostname: "{{.Nowhere}}"')
    program.write("app.yaml", compose(stack, {"odd": odd, "free": service()}))
    with program.loop() as loop:
        loop.report(lambda report: _of(report, f"{stack}_free")["verdict"] == "Ready")
        report = loop.report(lambda report: _of(report, f"{stack}_odd")["verdict"] == "Degraded")
        assert "the hostname has a template that Swarm can't expand" in _of(report, f"{stack}_odd")["error"]
        assert _of(report, f"{stack}_odd")["cause"] == "WriteRefused"
        failed = [action for action in report["actions"] if action["result"] == "failed"]
        assert [action["name"] for action in failed] == [f"{stack}_odd"]
        # a process elsewhere, which can't ask the loop, knows it as soon as the history is written
        away = str(program.desired.parent / "elsewhere")

        def explained() -> Report:
            state: Report = program.json("explain", f"{stack}_odd", RECONCILER_RUN_DIR=away)["state"]
            return state

        until(lambda: _said(explained(), "Degraded", "(tried at "))


def test_what_needs_an_external_secret_goes_as_soon_as_that_is_made(
    program: Program, stack: str, docker: Docker
) -> None:
    external = f"secrets: {{theirs: {{external: true, name: {stack}_theirs}}}}"
    program.write("app.yaml", compose(stack, {"web": service(extra="secrets: [theirs]")}, external))
    with program.loop() as loop:
        report = loop.report(lambda report: _of(report, f"{stack}_web")["verdict"] == "Degraded")
        assert report["actions"] == [] or all(action["name"] != f"{stack}_web" for action in report["actions"])
        assert _said(program.json("status", expect=1)["services"][0], "Degraded", f"external secret {stack}_theirs")
        docker("secret", "create", f"{stack}_theirs", "-", stdin="s")
        loop.report(lambda report: _of(report, f"{stack}_web")["verdict"] == "Ready")


def _said(state: dict[str, Any], verdict: str, words: str) -> bool:
    return bool(state["verdict"] == verdict and words in state["reason"])


def _says(loop: Loop, name: str, words: str) -> None:
    loop.report(lambda report: words in (_of(report, name)["error"] or ""))


def _of(report: Report, name: str) -> dict[str, Any]:
    return next((service for service in report["services"] if service["name"] == name), {"verdict": "", "error": ""})


def _version(docker: Docker, name: str) -> str:
    return docker("service", "inspect", name, "--format", "{{.Version.Index}}")
