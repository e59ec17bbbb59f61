"""Every command block of README.md and of the start guide does what it says, on a real Swarm."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.swarm.cli import Docker
from tests.swarm.waiting import until

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IMAGE = "traefik/whoami:v1.10"
FOREVER = "reconciler -d stacks run\n"
ELSEWHERE = {
    "make run ": "hack/run",
    "curl http://localhost:8080/": "hack/images.d/web",
    "PIPX_HOME=": "tests/unit/documents/test_unit.py",
    "docker build ": "tests/container/test_image.py",
}
"""How a block begins that runs elsewhere, and where."""
PIPX = """#!/bin/sh
set -eu
[ "$*" = 'install .' ]
'{python}' -m venv --without-pip "$HOME/pipx"
echo '{site}' >"$("$HOME/pipx/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/shared.pth"
'{python}' -m pip --python "$HOME/pipx/bin/python" install --quiet --no-index --no-deps --no-build-isolation .
ln -sf "$HOME/pipx/bin/reconciler" '{bin}/reconciler'
"""
"""What pipx does, but with the libraries of the tests: no index is asked for them."""
CURL = """#!/bin/sh
set -eu
[ "$*" = http://localhost:8088/ ]
if [ -e /proc/net/ip_vs ]; then
    exec nsenter --net=/proc/{pid}/ns/net {curl} --fail --silent --retry 9 --retry-all-errors "$@"
fi
docker service inspect --format '{{{{json .Endpoint.Ports}}}}' hello_web | grep '"PublishedPort":8088'
"""
"""Curl on the engine's network. Without IPVS in the kernel the routing mesh carries nothing: the port is looked up."""


def blocks(document: str) -> list[str]:
    """Return the command blocks of a document."""
    return BLOCK.findall((ROOT / document).read_text())


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell in a copy of the sources, with a home and programs of its own."""

    folder: Path
    environ: dict[str, str]

    def __call__(self, commands: str) -> str:
        """Run a block of commands, each of which has to succeed; return what they print."""
        done = subprocess.run(
            ["sh", "-eu", "-c", commands],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ended(self, command: str) -> int:
        """Run a command until its loop answers, end it as Ctrl-C does, and return its exit code."""
        with subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=self.folder, env=self.environ, stdout=subprocess.DEVNULL
        ) as running:
            until(
                lambda: not subprocess.run(self.health, env=self.environ, check=False).returncode, what="the loop runs"
            )
            running.send_signal(signal.SIGINT)
            return running.wait(60)

    @property
    def health(self) -> list[str]:
        return [f"{self.folder.parent}/bin/reconciler", "healthcheck"]


@pytest.fixture
def shell(tmp_path: Path, docker: Docker) -> Iterator[Shell]:
    folder, programs, home = tmp_path / "checkout", tmp_path / "bin", tmp_path / "home"
    for each in (folder, programs, home):
        each.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "reconciler", folder / "reconciler", ignore=shutil.ignore_patterns("__pycache__"))
    socket = docker.host.removeprefix("unix://")
    pid = (Path(socket).parent / "docker.pid").read_text().strip() if docker.host.startswith("unix://") else "1"
    for name, text in {
        "pipx": PIPX.format(python=sys.executable, site=sysconfig.get_path("purelib"), bin=programs),
        "curl": CURL.format(pid=pid, curl=shutil.which("curl") or "curl"),
    }.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    made = subprocess.run(
        ["docker", "build", "--quiet", "--tag", IMAGE, "-"],
        env={**os.environ, "DOCKER_HOST": docker.host, "DOCKER_BUILDKIT": "0"},
        input='FROM busybox\nCMD ["httpd", "-f", "-p", "80"]\n',
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RECONCILER_")},
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(home),
        "DOCKER_HOST": docker.host,
        "RECONCILER_OWNER": "start-guide",
        "RECONCILER_RUN_DIR": str(tmp_path / "run"),
    }
    (tmp_path / "run").mkdir()
    found = Shell(folder, environ)
    try:
        yield found
    finally:
        if (programs / "reconciler").exists():
            found("reconciler -d stacks down hello --yes")


@pytest.mark.parametrize("document", ["README.md", "docs/start.md"])
def test_the_commands_of_a_document_work(document: str, shell: Shell, docker: Docker) -> None:
    here = [block for block in blocks(document) if not block.startswith(tuple(ELSEWHERE))]
    assert here
    said = ""
    for block in here:
        if block == FOREVER:
            assert shell.ended(block) == 0
        else:
            said += shell(block)
    assert "create service hello_web" in said
    assert "Ready" in said
    assert docker("service", "inspect", "--format", "{{.Spec.Mode.Replicated.Replicas}}", "hello_web") == "2"


def test_what_runs_elsewhere_is_there() -> None:
    everything = [block for document in ("README.md", "docs/start.md") for block in blocks(document)]
    assert [start for start in ELSEWHERE if not any(block.startswith(start) for block in everything)] == []
    assert [where for where in ELSEWHERE.values() if not (ROOT / where).exists()] == []
