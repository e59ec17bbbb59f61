"""The Compose file at the top, as Docker Compose itself takes it, brings the shipped platform to Ready in each mode."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.container.running import SOCKET, Container, Mode, Yard
from tests.swarm.cli import SID
from tests.swarm.engines import PrivateEngine
from tests.swarm.nodes import CGROUPS

ROOT = Path(__file__).parents[2]
COMPOSE = SID / "docker-compose"
IMAGES = ("postgres:16", "redis:7", "traefik:v3.7", "reconciler-demo-web:1")
INSTEAD_OF_PRIVILEGED: dict[str, Any] = {
    "privileged": False,
    "cap_add": ["ALL"],
    "cap_drop": ["SYS_RESOURCE"],
    "cgroup": "host",
    "security_opt": ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"],
    "volumes": [f"{CGROUPS}:{CGROUPS}", "./resolv.conf:/etc/resolv.conf:ro"],
}
"""As ``PRIVILEGES``, in words of Compose. Nor is there a name server to be asked for a registry: silence takes 20 s."""
REQUEST = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/', timeout=10).status)"


def switched(text: str, mode: Mode) -> str:
    """The file with its comments moved, as its head says."""
    if mode is Mode.SOCKET:
        return text
    without = re.sub(r"^( *)(- .* # socket mode)$", r"\1# \2", text, flags=re.MULTILINE)
    return re.sub(r"^( *)# (.* # DinD mode.*)$", r"\1\2", without, flags=re.MULTILINE)


def here(mode: Mode, host: str) -> dict[str, Any]:
    """What is different on the machine that tests run on: where the socket is, and what an engine of its own needs."""
    environment = {"RECONCILER_OUTPUT": "json"}
    if mode is Mode.DIND:
        return {**INSTEAD_OF_PRIVILEGED, "environment": environment}
    socket = host.removeprefix("unix://")
    return {"volumes": [f"{socket}:{SOCKET}"], "environment": {**environment, "DOCKER_SOCKET": socket}}


@pytest.fixture
def up(platform: PrivateEngine, yard: Yard, mode: Mode) -> Container:
    """The container of the file in a folder with the shipped platform; its own engine has the images already."""
    assert COMPOSE.exists(), f"no Docker Compose in an old root of Debian sid: rm -r {SID.parents[1]}"
    folder = yard.folder
    shutil.copytree(ROOT / "desired", folder / "desired")
    (folder / "docker-compose.yml").write_text(switched((ROOT / "docker-compose.yml").read_text(), mode))
    (folder / "docker-compose.override.yml").write_text(
        json.dumps({"services": {"reconciler": here(mode, platform.host)}})
    )
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    if mode is Mode.DIND:
        yard.stock("shop_engine", *IMAGES)
    environ = {**os.environ, "DOCKER_HOST": platform.host}
    command = [str(COMPOSE), "--project-name", "shop", "up", "--detach", "--no-build", "--quiet-pull"]
    done = subprocess.run(command, cwd=folder, env=environ, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Container("reconciler", mode, yard.docker, folder / "desired")


def test_the_shipped_platform_becomes_ready(up: Container, platform: PrivateEngine) -> None:
    report = up.ready(deadline=120)
    assert {each["name"] for each in report["services"]} == {
        f"platform_{name}" for name in ("postgres", "redis", "traefik", "web")
    }
    up.healthy()
    assert subprocess.check_output(platform.inside(sys.executable, "-c", REQUEST), text=True).strip() == "200"
