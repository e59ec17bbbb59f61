"""Images from a real registry, on loopback: digests, tracking, credentials, and a registry that is away."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.swarm.cli import Docker
from tests.swarm.engines import HACK, PrivateEngine, private_engine
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

OPEN, LOCKED = "localhost:5000", "localhost:5001"
TRACKED, A_PASS = 4, 6
"""Seconds: between two questions to a registry, and at most for what follows of one."""
USER = "user:$2b$04$xu86U4r/J1wTnHdiQwWuU.Bi3TWLU4w.iLIu6S3lQ3aPuNKRzY4Lq\n"
"""A line of htpasswd; the password is ``geheim``."""


@pytest.fixture(scope="module")
def engine() -> Iterator[PrivateEngine]:
    """With a network of its own, which its registries share."""
    subprocess.run([HACK / "packages", "docker-registry"], check=True)
    with private_engine("images") as engine:
        yield engine


@contextmanager
def registry(engine: PrivateEngine, address: str, folder: Path, *, locked: bool = False) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    (folder / "htpasswd").write_text(USER)
    auth = {"auth": {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}} if locked else {}
    config = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": address.replace("localhost", "127.0.0.1")},
        **auth,
    }
    (folder / "config.yml").write_text(json.dumps(config))
    serve = engine.inside("docker-registry", "serve", folder / "config.yml")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(serve, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: "listening on" in (folder / "log").read_text(), what="the registry listens")
        yield
    finally:
        process.kill()
        process.wait()


def program(engine: PrivateEngine, folder: Path) -> Program:
    made = Program(engine.host, folder.name, folder / "desired")
    made.desired.mkdir(parents=True)
    return made


def push(docker: Docker, image: str, said: str) -> str:
    """Makes an image that is told apart by ``said``, pushes it, and gives its digest."""
    container = docker("create", "busybox:latest", "sh", "-c", said)
    docker("commit", "--change", f"LABEL said={said}", container, image)
    docker("rm", container)
    docker("push", image)
    digests = docker("image", "inspect", image, "--format", "{{json .RepoDigests}}")
    repository = image.rsplit(":", 1)[0]
    found = [digest for digest in json.loads(digests) if digest.startswith(f"{repository}@")]
    return str(found[-1].partition("@")[2])


def runs(docker: Docker, name: str) -> str:
    return docker("service", "inspect", name, "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}")


def test_a_tag_is_resolved_once_and_again_on_force(engine: PrivateEngine, tmp_path: Path) -> None:
    docker, owned = Docker(engine.host), program(engine, tmp_path / "pinned")
    image = f"{OPEN}/app:1"
    with registry(engine, OPEN, tmp_path / "registry"):
        first = push(docker, image, "one")
        owned.write("app.yaml", compose("pinned", {"a": service(image=image)}))
        with owned.loop() as loop:
            loop.ready()
            assert runs(docker, "pinned_a") == f"{image}@{first}"
            second = push(docker, image, "two")
            assert second != first
            assert owned.json("plan")["actions"] == []
            owned("reload")
            until(lambda: runs(docker, "pinned_a") == f"{image}@{second}")
            loop.ready(len(loop.reports))
    # The registry is away: what was known stays, forced or not.
    with owned.loop() as loop:
        loop.ready()
        before = len(loop.reports)
        owned("reload")
        loop.report(lambda report: report["forced"] and not report["actions"], before)
    assert runs(docker, "pinned_a") == f"{image}@{second}"
    owned("down", "pinned", "--yes")


def test_a_tracked_tag_is_followed_within_an_interval_and_another_one_on_force_only(
    engine: PrivateEngine, tmp_path: Path
) -> None:
    docker, owned = Docker(engine.host), program(engine, tmp_path / "tracked")
    image = f"{OPEN}/tracked:1"
    tracked, pinned = (
        service(image=image, extra=f"x-reconciler: {{image_policy: {policy}, track_interval: {TRACKED}s}}")
        for policy in ("track", "pin")
    )
    with registry(engine, OPEN, tmp_path / "registry"):
        first = push(docker, image, "one")
        owned.write("app.yaml", compose("tracked", {"a": tracked, "b": pinned}))
        with owned.loop() as loop:
            loop.ready()
            second = push(docker, image, "two")
            # Only the interval wakes the loop by then: its own timer is a minute, and a push is no event of a Swarm.
            until(lambda: runs(docker, "tracked_a") == f"{image}@{second}", deadline=TRACKED + A_PASS)
            loop.ready(len(loop.reports))
            assert runs(docker, "tracked_b") == f"{image}@{first}"
            owned("reload")
            assert runs(docker, "tracked_b") == f"{image}@{second}"
    with owned.loop() as loop:
        away = loop.report(lambda report: bool(report["warnings"]))
        assert "no registry tells" in away["warnings"][0]["message"]
        assert away["warnings"][0]["line"] > 0
        assert runs(docker, "tracked_a") == f"{image}@{second}"
    owned("down", "tracked", "--yes")


def test_a_private_registry_is_asked_with_the_credentials_of_the_docker_config(
    engine: PrivateEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = program(engine, tmp_path / "private")
    config = tmp_path / "docker"
    config.mkdir()
    auth = base64.b64encode(b"user:geheim").decode()
    image = f"{LOCKED}/app:1"
    owned.write("app.yaml", compose("private", {"a": service(image=image)}))
    with registry(engine, LOCKED, tmp_path / "registry", locked=True):
        (config / "config.json").write_text(json.dumps({"auths": {LOCKED: {"auth": auth}}}))
        monkeypatch.setenv("DOCKER_CONFIG", str(config))
        docker = Docker(engine.host)
        digest = push(docker, image, "one")
        docker("image", "rm", "--force", image)
        said = owned("apply")
        assert runs(docker, "private_a") == f"{image}@{digest}"
        assert "geheim" not in said + owned("plan") + owned("status")
        helper = tmp_path / "bin" / "docker-credential-test"
        helper.parent.mkdir()
        helper.write_text('#!/bin/sh\ncat >/dev/null\necho \'{"Username": "user", "Secret": "geheim"}\'\n')
        helper.chmod(0o755)
        monkeypatch.setenv("PATH", f"{helper.parent}:{os.environ['PATH']}")
        (config / "config.json").write_text(json.dumps({"credHelpers": {LOCKED: "test"}}))
        other = push(docker, f"{LOCKED}/other:1", "other")
        owned.write("app.yaml", compose("private", {"a": service(image=f"{LOCKED}/other:1")}))
        owned("apply")
        assert runs(docker, "private_a") == f"{LOCKED}/other:1@{other}"
    owned("down", "private", "--yes")
