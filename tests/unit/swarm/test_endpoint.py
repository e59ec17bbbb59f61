"""Which engine is meant."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.swarm import Swarm, endpoint


def with_context(config: Path, name: str, host: str, *, tls: bool = False) -> None:
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = config / "contexts" / "meta" / key
    meta.mkdir(parents=True)
    about = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
    (meta / "meta.json").write_text(json.dumps(about))
    if tls:
        with_certificates(config / "contexts" / "tls" / key / "docker")


def with_certificates(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (folder / name).touch()


def test_the_command_line_goes_first_then_the_environment_then_the_context(tmp_path: Path) -> None:
    with_context(tmp_path, "far", "tcp://far:2375")
    environ = {"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "far", "DOCKER_HOST": "unix:///here.sock"}
    assert endpoint.find("tcp://given:1", environ).host == "tcp://given:1"
    assert endpoint.find(None, environ).host == "unix:///here.sock"
    del environ["DOCKER_HOST"]
    assert endpoint.find(None, environ).host == "tcp://far:2375"


def test_the_current_context_of_the_config_file_counts_last(tmp_path: Path) -> None:
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    assert endpoint.find(None, environ).host == "unix:///var/run/docker.sock"
    with_context(tmp_path, "far", "tcp://far:2376", tls=True)
    (tmp_path / "config.json").write_text('{"currentContext": "far"}')
    found = endpoint.find(None, environ)
    assert found.host == "tcp://far:2376"
    assert found.tls is not None
    assert found.tls.verify
    assert endpoint.find(None, {**environ, "DOCKER_CONTEXT": "default"}).host == "unix:///var/run/docker.sock"


def test_the_config_folder_is_below_home(tmp_path: Path) -> None:
    assert endpoint.find(None, {"HOME": str(tmp_path)}).config == tmp_path / ".docker"


def test_tls_of_the_environment(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://far:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path / "certs")}
    with pytest.raises(UsageError, match=r"cert\.pem and key\.pem"):
        endpoint.find(None, environ)
    with_certificates(tmp_path / "certs")
    tls = endpoint.find(None, environ).tls
    assert tls is not None
    assert tls.cert == (str(tmp_path / "certs" / "cert.pem"), str(tmp_path / "certs" / "key.pem"))
    assert tls.verify
    assert endpoint.find(None, {**environ, "DOCKER_TLS_VERIFY": "", "DOCKER_CERT_PATH": ""}).tls is None


@pytest.mark.parametrize("text", ["{", "[]", '{"Endpoints": {}}', '{"Endpoints": null}'])
def test_a_broken_context_is_named(tmp_path: Path, text: str) -> None:
    with_context(tmp_path, "far", "tcp://far:1")
    next(tmp_path.rglob("meta.json")).write_text(text)
    with pytest.raises(UsageError, match="'far' can't be read from"):
        endpoint.find(None, {"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "far"})


def test_a_context_that_isnt_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no docker context 'far'; `docker context ls`"):
        endpoint.find(None, {"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "far"})


def test_a_broken_config_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UsageError, match=r"config\.json can't be read"):
        endpoint.find(None, {"DOCKER_CONFIG": str(tmp_path)})


@pytest.mark.parametrize("host", ["fax://x", "tcp://", "tcp://no-port"])
def test_an_address_that_is_none_is_a_usage_error(host: str) -> None:
    with pytest.raises(UsageError, match=host):
        Swarm.connect(host, {})
