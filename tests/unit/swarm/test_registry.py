"""Credentials out of the Docker config file."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from reconciler.errors import Refused
from reconciler.swarm.registry import credentials


def config_with(folder: Path, **entries: object) -> Path:
    (folder / "config.json").write_text(json.dumps(entries))
    return folder


def login(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def sent(image: str, config: Path) -> dict[str, str] | None:
    header = credentials(image, config).get("X-Registry-Auth")
    return None if header is None else dict(json.loads(base64.urlsafe_b64decode(header)))


def test_no_file_no_credentials(tmp_path: Path) -> None:
    assert credentials("busybox", tmp_path) == {}


@pytest.mark.parametrize(
    ("image", "user"),
    [
        ("busybox:latest", "hub"),
        ("library/busybox@sha256:" + "0" * 64, "hub"),
        ("reg.example.com:5000/team/app:1", "own"),
        ("other.example.com/app", None),
    ],
)
def test_they_go_by_the_images_registry(tmp_path: Path, image: str, user: str | None) -> None:
    auths = {"https://index.docker.io/v1/": login("hub", "a"), "reg.example.com:5000": login("own", "b")}
    found = sent(image, config_with(tmp_path, auths=auths))
    assert (found or {}).get("username") == user


def test_a_credential_helper_that_isnt_there_is_named(tmp_path: Path) -> None:
    config = config_with(tmp_path, credHelpers={"reg.example.com": "no-such-helper"})
    with pytest.warns(UserWarning, match="not installed"), pytest.raises(Refused, match=r"app.*no-such-helper"):
        credentials("reg.example.com/app", config)


def test_a_broken_login_doesnt_show_itself(tmp_path: Path) -> None:
    config = config_with(tmp_path, auths={"reg.example.com": {"auth": base64.b64encode(b"nocolon").decode()}})
    with pytest.raises(Refused) as refused:
        credentials("reg.example.com/app", config)
    assert "nocolon" not in str(refused.value)
