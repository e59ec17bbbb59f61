"""Credential helpers run within limits of time and output, and nothing of one that hangs is left."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from pathlib import Path

import pytest

from reconciler.errors import Refused
from reconciler.swarm import credential_failures, registry
from reconciler.swarm.credential_helper import Bounds, Logins

IMAGE = "reg.example.com/app"
ENDLESS = "while :; do sleep 60; done"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {"reg.example.com": "test"}}))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def helper(config: Path, script: str) -> None:
    program = config / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def bound(monkeypatch: pytest.MonkeyPatch, seconds: float = 60.0, output: int = 4096) -> None:
    monkeypatch.setattr(Logins, "bounds", Bounds(seconds, output))


def refused(config: Path) -> str:
    with pytest.raises(Refused) as error:
        registry.credentials(IMAGE, config)
    assert IMAGE in str(error.value)
    return str(error.value)


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that was killed may still wait for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def test_it_is_asked_for_the_images_registry(config: Path) -> None:
    helper(config, 'read -r server; printf \'{"Username": "own", "Secret": "%s"}\' "$1 $server"')
    header = registry.credentials(IMAGE, config)["X-Registry-Auth"]
    assert json.loads(base64.urlsafe_b64decode(header)) == {
        "ServerAddress": "reg.example.com",
        "Username": "own",
        "Password": "get reg.example.com",
    }


def test_the_limit_is_ten_seconds() -> None:
    assert Logins.bounds.seconds == 10.0


@pytest.mark.parametrize(
    "script",
    [f"{ENDLESS}", f'({ENDLESS}) & echo $! >"$0.child"; {ENDLESS}', f'({ENDLESS}) & echo $! >"$0.child"; exit 0'],
    ids=["hangs", "hangs with a child", "leaves a child that holds its output"],
)
def test_one_that_hangs_is_ended_with_its_children_and_named(
    config: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    helper(config, f'echo $$ >"$0.own"\n{script}')
    bound(monkeypatch, seconds=2.0)
    assert "`docker-credential-test` hasn't answered within 2 s" in refused(config)
    pids = [int(each.read_text()) for each in config.glob("docker-credential-test.*")]
    deadline = time.monotonic() + 30
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    left = [pid for pid in pids if is_alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert pids
    assert not left


def test_one_that_prints_without_end_is_ended_and_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(config, "exec yes secret")
    bound(monkeypatch)
    said = refused(config)
    assert "`docker-credential-test` printed more than 4096 bytes" in said
    assert "secret" not in said


@pytest.mark.parametrize("answer", ["", "nonsense", "[]", "{}", "17", "[" * 4000], ids=repr)
def test_what_isnt_credentials_is_said(config: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    helper(config, f"printf %s '{answer}'")
    bound(monkeypatch)
    assert "`docker-credential-test` doesn't answer with credentials" in refused(config)


def test_words_of_one_that_refuses_are_shortened(config: Path) -> None:
    helper(config, "echo locked; head -c 20000 /dev/zero | tr '\\0' x; exit 1")
    said = refused(config)
    assert "docker-credential-test" in said
    assert "locked" in said
    assert len(said) < 1000


def test_one_without_the_credentials_is_no_error(config: Path) -> None:
    helper(config, "echo credentials not found in native keychain; exit 1")
    assert registry.credentials(IMAGE, config) == {}


def test_a_failure_is_remembered_for_a_while_or_until_the_config_file_changes(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(credential_failures, "FAILURES", credential_failures.Failures(lambda: now[0]))
    helper(config, f'echo >>"$0.asked"; {ENDLESS}')
    bound(monkeypatch, seconds=0.5)

    def asked() -> int:
        refused(config)
        return len((config / "docker-credential-test.asked").read_text().splitlines())

    assert [asked(), asked(), asked()] == [1, 1, 1]
    now[0] += credential_failures.REMEMBERED + 1
    assert [asked(), asked()] == [2, 2]
    (config / "config.json").write_text(json.dumps({"credHelpers": {"reg.example.com": "test"}, "auths": {}}))
    assert [asked(), asked()] == [3, 3]


def test_words_of_a_helper_move_no_terminal(config: Path) -> None:
    helper(config, "printf '\\033[2Jno\\n'; exit 1")
    assert refused(config).isprintable()
