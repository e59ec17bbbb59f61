"""With --committed only commits reach the Swarm; without it, what was reconciled is told by its commit."""

from __future__ import annotations

import pytest

from tests.repository import Git
from tests.swarm.cli import Docker
from tests.swarm.looping import Loop, Program, Report, compose, service
from tests.swarm.waiting import until


@pytest.fixture
def git(program: Program) -> Git:
    """Without the folder in which the loop writes down how it is."""
    git = Git.init(program.desired.parent)
    (git.top / ".git" / "info" / "exclude").write_text("/run/\n")
    return git


def text(stack: str, value: str) -> str:
    return compose(stack, {"a": service(extra=f"environment: {{X: {value}}}")})


def labelled(stack: str, value: str) -> str:
    """Changes of it restart no task."""
    return compose(stack, {"a": service(extra=f"deploy: {{endpoint_mode: dnsrr, labels: {{x: {value}}}}}")})


def label(docker: Docker, stack: str) -> str:
    return docker("service", "inspect", f"{stack}_a", "--format", '{{index .Spec.Labels "x"}}')


def environment(docker: Docker, stack: str) -> str:
    return docker("service", "inspect", f"{stack}_a", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Env}}")


def ready_at(loop: Loop, commit: str, since: int) -> Report:
    return loop.report(lambda report: report["verdict"] == "Ready" and report["revision"]["commit"] == commit, since)


def test_edits_change_nothing_a_commit_converges_and_its_revert_brings_the_old_state_back(
    program: Program, stack: str, docker: Docker, git: Git
) -> None:
    first = git.commit(app=text(stack, "one"))
    with program.loop(RECONCILER_COMMITTED="1") as loop:
        assert ready_at(loop, first, 0)["revision"] == {"commit": first, "dirty": False, "during": ""}
        version = docker("service", "inspect", f"{stack}_a", "--format", "{{.Version.Index}}")
        for number in range(20):
            git.write("desired/app.yaml", text(stack, f"edit{number}") if number % 2 else "services: {")
            git.write(f"desired/new{number}.yaml", text(f"{stack}n", "x"))
        git("add", "--all")
        seen = len(loop.reports)
        program.trigger.touch()
        forced = loop.report(lambda report: bool(report["forced"]), since=seen)
        assert (forced["actions"], forced["errors"]) == ([], [])
        assert forced["revision"] == {"commit": first, "dirty": True, "during": ""}
        assert docker("service", "inspect", f"{stack}_a", "--format", "{{.Version.Index}}") == version
        assert not any(wake.endswith("changed") for report in loop.reports for wake in report["wakes"])

        git("rm", "--quiet", "--force", "desired/new*.yaml")
        second = git.commit(app=text(stack, "two"))
        report = ready_at(loop, second, seen)
        assert environment(docker, stack) == "[X=two]"
        seen = len(loop.reports)
        git("revert", "--no-edit", "HEAD")
        ready_at(loop, git.head, seen)
        assert environment(docker, stack) == "[X=one]"
        assert report["revision"]["commit"] != git.head
        assert [report["errors"] for report in loop.reports] == [[]] * len(loop.reports)


def test_what_git_is_in_the_middle_of_and_what_it_cant_tell_keeps_the_last_good_commit(
    program: Program, stack: str, docker: Docker, git: Git
) -> None:
    git.commit(app=labelled(stack, "one"))
    git("checkout", "--quiet", "-b", "other")
    git.commit(app=labelled(stack, "theirs"))
    git("checkout", "--quiet", "main")
    ours = git.commit(app=labelled(stack, "ours"))
    with program.loop(RECONCILER_COMMITTED="1") as loop:
        ready_at(loop, ours, 0)
        git("rebase", "other", fails=True)
        rebasing = loop.report(lambda report: bool(report["revision"]["during"]))
        assert (rebasing["revision"]["commit"], rebasing["errors"], rebasing["actions"]) == (ours, [], [])
        assert ["in the middle of a rebase" in warning["message"] for warning in rebasing["warnings"]] == [True]
        git.write("desired/app.yaml", labelled(stack, "both"))
        git("add", "--all")
        git("rebase", "--continue")
        ready_at(loop, git.head, 0)
        assert label(docker, stack) == "both"

        git("rm", "--quiet", "-r", "desired")
        git.commit()
        faulty = loop.report(lambda report: bool(report["errors"]))
        assert "holds no folder desired" in faulty["errors"][0]["message"]
        docker("service", "update", "--detach", "--label-add", "x=by hand", f"{stack}_a")
        until(lambda: label(docker, stack) == "both", 20, "the last good state goes on being healed")
    program.desired.mkdir(exist_ok=True)
    said = program.json("plan", "--committed", "--allow-prune-all", expect=65)
    assert (said["actions"], len(said["errors"])) == ([], 1)


def test_without_committed_the_commit_is_told_right_after_it_was_made(program: Program, stack: str, git: Git) -> None:
    first = git.commit(app=labelled(stack, "one"))
    with program.loop() as loop:
        ready_at(loop, first, 0)
        program.write("app.yaml", labelled(stack, "two"))
        loop.report(lambda report: bool(report["revision"]["dirty"]))
        second = git.commit()
        assert ready_at(loop, second, 0)["revision"]["dirty"] is False
    assert f"desired state: {second[:7]}\n" in program("status")
    program.write("app.yaml", labelled(stack, "three"))
    assert f"desired state: {second[:7]} (dirty)\n" in program("plan")
    assert program.json("apply")["revision"] == {"commit": second, "dirty": True, "during": ""}
    plan = program.json("plan", "--committed")
    assert (plan["revision"]["commit"], plan["summary"]["update"]) == (second, 1)
