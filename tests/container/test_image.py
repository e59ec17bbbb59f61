"""What the image holds, and what it doesn't."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from reconciler import __version__
from tests.container.layers import Found, configuration, files, saved
from tests.container.running import IMAGE, Mode, Yard
from tests.swarm.cli import Docker
from tests.swarm.engines import PrivateEngine
from tests.swarm.looping import compose, service

ROOT = Path(__file__).parents[2]
SECRET_NAMES = re.compile(
    r"(^|/)(\.git|\.env[^/]*|\.netrc|\.pypirc|pip\.conf|\.docker|\.ssh|id_(rsa|ed25519|ecdsa))(/|$)"
)
SECRET_CONTENT = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{64}"  # a key, not merely its first line in a program
    rb"|\"auths?\": *\{? *\"[^\"]"
    rb"|_authToken *="
)
SECRET_SETTING = re.compile(r"(?i)(password|passwd|secret|token|api_?key|credential)[a-z_]* *=|://[^/\s:@]+:[^/\s@]+@")
TOOLS = "gcc g++ cc c++ clang ld as make pip pip3 easy_install wheel"
BUILDING = re.compile(r"-dev$|^(gcc|cpp|g\+\+)(-[\d.]+)?$|^binutils|^make$|pip|setuptools")
"""Debian packages."""
MEGABYTE = 1_000_000
QUICKLY = "--health-interval=1s"


@pytest.fixture(scope="module")
def docker(engine: PrivateEngine) -> Docker:
    return Docker(engine.host)


@pytest.fixture(scope="module")
def image(engine: PrivateEngine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Saved to a folder."""
    return saved(engine.host, IMAGE, tmp_path_factory.mktemp("image"))


def run(docker: Docker, script: str, *options: str) -> str:
    return docker("run", "--rm", "--network=none", *options, "--entrypoint=sh", IMAGE, "-c", script)


def test_no_layer_holds_a_secret(image: Path) -> None:
    found = list(files(image))
    assert any(each.path.endswith("bin/reconciler") for each in found)
    assert [each.path for each in found if is_secret(each)] == []
    config = configuration(image)
    said = [*config["config"]["Env"], *(step.get("created_by", "") for step in config["history"])]
    assert [each for each in said if SECRET_SETTING.search(each)] == []


def is_secret(found: Found) -> bool:
    """Libraries test themselves with keys that everybody knows."""
    compiled = found.content.startswith(b"\x7fELF")
    return bool(SECRET_NAMES.search(found.path) or (not compiled and SECRET_CONTENT.search(found.content)))


@pytest.mark.parametrize(
    "found",
    [
        Found("app/.env.local", b""),
        Found("root/.docker/config.json", b""),
        Found("opt/a", b"-----BEGIN RSA PRIVATE KEY-----\n" + b"MIIE" * 16),
        Found("opt/b", b'{"auths": {"registry.example": {}}}'),
    ],
    ids=lambda found: found.path,
)
def test_a_secret_would_be_seen(found: Found) -> None:
    assert is_secret(found)


def test_only_what_the_image_is_made_of_is_sent_to_the_engine(docker: Docker, tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text((ROOT / ".dockerignore").read_text())
    (tmp_path / "Dockerfile").write_text("FROM busybox:latest\nCOPY . /context\n")
    kept = {"reconciler/errors.py", "build/wheels/a.whl", "pyproject.toml", "requirements.lock"}
    left = {".env", ".git/config", "desired/token", ".engine/x/key", "reconciler/__pycache__/a.pyc", "build/lib/a.py"}
    for name in kept | left:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    command = ["docker", "--host", docker.host, "build", "--quiet", "--network=none", str(tmp_path)]
    built = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    try:
        sent = docker("run", "--rm", "--network=none", built, "find", "/context", "-type", "f").split()
    finally:
        docker("image", "rm", "--force", built)
    assert {name.removeprefix("/context/") for name in sent} == kept


def test_no_compiler_and_no_pip_are_left(docker: Docker) -> None:
    assert run(docker, f"command -v {TOOLS} || true") == ""
    assert run(docker, "python3 -m pip --version || /usr/bin/python3 -m pip --version || echo neither") == "neither"
    packages = run(docker, "dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\n'").splitlines()
    installed = [line.split()[1] for line in packages if line.startswith("ii")]
    assert "docker.io" in installed
    assert [name for name in installed if BUILDING.search(name)] == []


def test_it_says_what_it_is(docker: Docker) -> None:
    labels = docker("image", "inspect", "--format", "{{json .Config.Labels}}", IMAGE)
    assert f'"org.opencontainers.image.version":"{__version__}"' in labels
    assert re.search(r'"org.opencontainers.image.revision":"([0-9a-f]{40}|unknown)"', labels)
    for name in ("title", "description", "licenses"):
        assert f'"org.opencontainers.image.{name}":"' in labels
    assert run(docker, "reconciler --version") == __version__


def test_bytecode_is_compiled_once_and_for_all(docker: Docker) -> None:
    """A health check that compiled the program each time would take a second of a core."""
    count = "find /opt/reconciler/lib -path '*/reconciler/*.{}' | wc -l"
    sources, compiled = run(docker, f"{count.format('py')}; {count.format('pyc')}").split()
    assert int(sources) == int(compiled) > 100


def test_it_is_no_larger_than_an_engine_and_python_have_to_be(docker: Docker) -> None:
    size = int(docker("image", "inspect", "--format", "{{.Size}}", IMAGE))
    assert size < 400 * MEGABYTE


def test_it_turns_healthy_below_an_init_of_its_own(yard: Yard, mode: Mode) -> None:
    with yard.container(mode, QUICKLY) as container:
        container.healthy()
        assert container.exec("cat", "/proc/1/comm") == "tini"


def test_another_init_above_its_own_does_no_harm(yard: Yard) -> None:
    with yard.container(Mode.SOCKET, QUICKLY, "--init") as container:
        container.healthy()
        assert container.exec("cat", "/proc/1/comm") == "docker-init"
        assert "[WARN" not in container.log()


@pytest.mark.parametrize("user", ["root", "reconciler"])
def test_a_user_that_the_socket_lets_in_needs_nothing_else(yard: Yard, user: str) -> None:
    """No capability, no file that it may write but in memory."""
    group = Path(yard.docker.host.removeprefix("unix://")).stat().st_gid
    bare = ("--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only", "--tmpfs=/run/reconciler")
    with yard.container(Mode.SOCKET, QUICKLY, f"--user={user}", f"--group-add={group}", *bare) as container:
        container.write("shop.yaml", compose("shop", {"web": service()}))
        container.report(lambda report: report["verdict"] == "Ready" and bool(report["services"]))
        container.healthy()
        users = {line.split()[0] for line in yard.docker("top", container.name, "-eo", "uid,pid").splitlines()[1:]}
        assert users == {{"root": "0", "reconciler": "10001"}[user]}
        assert "shop_web" in container.exec("reconciler", "reload")


def test_it_names_what_it_is_made_of(docker: Docker) -> None:
    """What it is based on, and the versions that a scanner of vulnerabilities looks for."""
    labels = json.loads(docker("image", "inspect", "--format", "{{json .Config.Labels}}", IMAGE))
    assert labels["org.opencontainers.image.base.name"].startswith("debian:trixie-slim")
    packages = dict(each.split("=", 1) for each in labels["io.reconciler.packages"].split())
    assert packages.keys() == {"containerd", "docker.io", "iptables", "python3", "runc", "tini"}
    assert packages["python3"].startswith("3.13")
    assert run(docker, "dpkg-query --show --showformat '${Version}' docker.io") == packages["docker.io"]
