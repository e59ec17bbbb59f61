"""A service that was cloned with its labels is reported, and never removed."""

from __future__ import annotations

import json
from typing import Any

from reconciler import labels
from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service


def labels_of(docker: Docker, name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(docker("service", "inspect", name, "--format", "{{json .Spec.Labels}}"))
    return found


def clone(docker: Docker, name: str, to: str, without: str = "") -> str:
    """Make a service with the labels of another one, and return its id."""
    marks = [f"--label={label}={text}" for label, text in labels_of(docker, name).items() if label != without]
    create = ("service", "create", "--quiet", "--detach", "--no-resolve-image", "--name", to)
    return docker(*create, *marks, "busybox:latest", "sleep", "1000")


def is_there(docker: Docker, name: str, id_: str) -> bool:
    return docker("service", "inspect", name, "--format", "{{.ID}}") == id_


def about(found: Any, name: str) -> list[str]:
    return [each["message"] for each in found["warnings"] if f"service {name} " in each["message"]]


def test_clones_stay_when_what_they_were_cloned_from_leaves(program: Program, stack: str, docker: Docker) -> None:
    copy, old = f"{stack}_copy", f"{stack}old"
    program.write("app.yaml", compose(stack, {"web": service(), "worker": service()}))
    program("apply")
    assert labels_of(docker, f"{stack}_web")[labels.OBJECT] == f"service/{stack}_web"
    ids = {
        copy: clone(docker, f"{stack}_web", copy),
        old: clone(docker, f"{stack}_web", old, without=labels.OBJECT),  # as if of a version before that label
    }

    plan = program.json("plan")
    assert plan["actions"] == []
    assert f"has the labels of service {stack}_web" in about(plan, copy)[0]
    assert "its name doesn't fit its stack" in about(plan, old)[0]

    program.write("app.yaml", compose(stack, {"worker": service()}))
    program("apply")
    assert not docker.succeeds("service", "inspect", f"{stack}_web")
    assert all(is_there(docker, name, id_) for name, id_ in ids.items())

    kept = program.json("down", stack, "--yes")["kept"]
    assert f"copied from service {stack}_web" in kept[f"service {copy}"]
    assert f"service {old}" in kept
    assert all(is_there(docker, name, id_) for name, id_ in ids.items())


def test_labels_of_older_versions_are_enough_and_nothing_is_written_for_them(
    program: Program, stack: str, docker: Docker
) -> None:
    name = f"{stack}_web"
    program.write("app.yaml", compose(stack, {"web": service(), "worker": service()}))
    program("apply")
    docker("service", "update", "--quiet", "--detach", "--label-rm", labels.OBJECT, name)
    version = docker("service", "inspect", name, "--format", "{{.Version.Index}}")
    program("apply")
    assert program.json("plan")["actions"] == []
    assert docker("service", "inspect", name, "--format", "{{.Version.Index}}") == version
    program.write("app.yaml", compose(stack, {"worker": service()}))
    program("apply")
    assert not docker.succeeds("service", "inspect", name)
