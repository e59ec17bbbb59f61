"""``examples/dokploy``: from nothing, and over what Dokploy's public installer made, with every task left alone.

Everything bears the test's own name in place of ``dokploy``, and the images are stood in for by one that listens where
they do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.swarm.cli import Docker
from tests.swarm.looping import Program
from tests.swarm.waiting import until

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ("postgres:16", "redis:7", "traefik:v3.6.7", "dokploy/dokploy:latest")
STAND_IN = """
FROM busybox:latest
CMD ["sh", "-c", "trap exit TERM; for port in 80 3000 5432 6379; do nc -ll -p $port -e true & done; wait"]
"""
OLD_PASSWORD = "amukds4wi9001583845717ad2"
EVERYTHING = ("postgres", "redis", "app", "traefik")


@dataclass(frozen=True)
class Dokploy:
    """Dokploy as ``name``, on one engine; ``etc`` stands for ``/etc/dokploy``."""

    name: str
    etc: Path
    docker: Docker

    def desire(self, program: Program, *parts: str) -> None:
        """The example as its README says to use it: copied, with the lines of ``include`` that fit."""
        folder = program.desired / self.name
        shutil.copytree(ROOT / "examples" / "dokploy", folder)
        for file in folder.rglob("*.yaml"):
            file.write_text(self.renamed(file.read_text()))
        main = folder / "compose.yaml"
        lines = [line for line in main.read_text().splitlines() if not line.startswith("  - ")]
        place = lines.index("include:") + 1
        main.write_text("\n".join([*lines[:place], *(f"  - {part}.yaml" for part in parts), *lines[place:], ""]))

    def renamed(self, text: str) -> str:
        text = text.replace("/var/run/docker.sock", self.docker.host.removeprefix("unix://"))
        text = re.sub(r"\b(postgres|redis|traefik):(?=\d|v)", r"dokploy/\1:", text)
        return text.replace("/etc/dokploy", str(self.etc)).replace("dokploy", self.name)

    def installed(self, how: str, services: int) -> None:
        """By the commands of a public installer; returns when all of it runs."""
        script = self.renamed((ROOT / "tests" / "cases" / "dokploy" / f"{how}.sh").read_text())
        environ = {**os.environ, "DOCKER_HOST": self.docker.host}
        subprocess.run(["sh", "-c", script], env=environ, stdout=subprocess.DEVNULL, check=True)
        until(lambda: self.running() == ["1/1"] * services, 60, "everything runs")

    def running(self) -> list[str]:
        return self.docker("service", "ls", "--filter", f"name={self.name}", "--format", "{{.Replicas}}").split()

    def services(self) -> list[str]:
        return self.docker("service", "ls", "--quiet", "--filter", f"name={self.name}").split()

    def tasks(self) -> tuple[str, str]:
        """Task ids with what they are to be, and all containers that run."""
        listed = self.docker("service", "ps", "--no-trunc", "--format", "{{.ID}} {{.DesiredState}}", *self.services())
        return listed, self.docker("ps", "--quiet", "--no-trunc")


@pytest.fixture
def dokploy(stack: str, docker: Docker, tmp_path: Path) -> Iterator[Dokploy]:
    etc = tmp_path / "etc"
    (etc / "traefik" / "dynamic").mkdir(parents=True)
    (etc / "traefik" / "traefik.yml").write_text("providers: {}\n")
    found = Dokploy(stack, etc, docker)
    images = [found.renamed(image) for image in IMAGES]
    for image in images:
        docker("build", "--quiet", "--tag", image, "-", stdin=STAND_IN)
    yield found
    docker.tries("rm", "--force", f"{stack}-traefik")
    if services := found.services():
        docker("service", "rm", *services)
    until(lambda: docker.succeeds("rmi", "--force", *images), what="the images are gone")


@pytest.mark.each_engine
def test_what_the_installer_made_is_adopted_and_no_task_is_restarted(dokploy: Dokploy, program: Program) -> None:
    dokploy.installed("since-0.26.6", services=4)
    dokploy.desire(program, *EVERYTHING)
    adopted(dokploy, program, objects=6)


def test_what_it_made_before_0_26_6_is_adopted_with_its_password_and_beside_its_traefik(
    dokploy: Dokploy, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOKPLOY_POSTGRES_PASSWORD", OLD_PASSWORD)
    dokploy.installed("before-0.26.6", services=3)
    dokploy.desire(program, "before-0.26.6/postgres", "redis", "before-0.26.6/app")
    adopted(dokploy, program, objects=3)


def adopted(dokploy: Dokploy, program: Program, objects: int) -> None:
    before = dokploy.tasks()
    plan = program.json("plan")
    assert [(each["action"], each["restarts_tasks"]) for each in plan["actions"]] == [("adopt", False)] * objects
    assert plan["errors"] == plan["warnings"] == []
    program("apply", RECONCILER_MIN_TASK_AGE="1s")
    assert dokploy.tasks() == before
    assert program.json("plan")["actions"] == []
    states = program.json("status", RECONCILER_MIN_TASK_AGE="1s")["services"]
    assert {state["verdict"] for state in states} == {"Ready"}


def test_from_nothing_it_comes_up_in_order_with_passwords_of_its_own(dokploy: Dokploy, program: Program) -> None:
    dokploy.desire(program, *EVERYTHING)
    program("apply", RECONCILER_MIN_TASK_AGE="1s")
    assert dokploy.running() == ["1/1"] * 4
    names = [f"{dokploy.name}{part}" for part in ("-postgres", "", "-traefik")]
    made = [dokploy.docker("service", "inspect", name, "--format", "{{.CreatedAt.UnixNano}}") for name in names]
    assert made == sorted(made)
    container = dokploy.docker("ps", "--quiet", "--filter", f"name={names[0]}")
    password = dokploy.docker("exec", container, "cat", "/run/secrets/postgres_password")
    assert len(password) == 32
    assert password.isalnum()
    assert program.json("plan")["actions"] == []


def test_with_the_app_in_our_care_the_rest_waits_for_none(dokploy: Dokploy, program: Program) -> None:
    dokploy.desire(program, "supervised/postgres", "supervised/redis", "supervised/traefik")
    (program.desired / dokploy.name / "supervised" / "postgres_password").write_text("kept elsewhere\n")
    plan = program.json("plan")
    assert plan["errors"] == plan["warnings"] == []
    assert {each["name"].removeprefix(dokploy.name) for each in plan["actions"]} == {
        *("-network", "_postgres_password", "-postgres", "-redis", "-traefik")
    }
