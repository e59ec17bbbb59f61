"""No fault and no warning quotes what may be a secret, wherever it stands where it doesn't belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.compose import read

CANARY = "hunter2canary"


@pytest.mark.parametrize(
    "service",
    [
        f"{{image: 'app:{CANARY}@registry.local/web'}}",
        f"{{image: web, env_file: 'https://app:{CANARY}@files.local/web.env'}}",
        f"{{extends: {{file: 'https://app:{CANARY}@files.local/web.yaml', service: web}}}}",
        f"{{image: web, volumes: ['//app:{CANARY}@nas.local/share:/data:rw:oops']}}",
        f"{{image: web, healthcheck: {{test: [mysqladmin, ping, -p{CANARY}]}}}}",
        f"{{image: web, environment: {{PASSWORD: *{CANARY}}}}}",
        f"{{image: web, environment: {{PASSWORD: !{CANARY}!x y}}}}",
        f"{{image: web, environment: {{'PASSWORD={CANARY}: a': x, 'PASSWORD={CANARY}: a': x}}}}",
        f"{{image: web, environment: {{PASSWORD: 'pa${CANARY}'}}}}",
        f"{{image: web, environment: ['PASSWORD=12${CANARY}']}}",
        f"{{image: web, command: ['--password', 'x${CANARY}']}}",
    ],
)
def test_a_secret_in_a_file_is_in_no_fault(service: str, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(f"services:\n  web: {service}\n")
    found = read(tmp_path, {})
    told = [f"{each} {each.hint}" for each in (*found.faults, *found.warnings)]
    assert told
    assert CANARY not in " ".join(told)


@pytest.mark.parametrize("line", [f"PASSWORD=pa${CANARY}", f'PASSWORD="12${CANARY}"'])
def test_a_dollar_sign_in_a_password_of_a_dotenv(line: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(line)
    (tmp_path / "shop.yaml").write_text("services:\n  web: {image: web, environment: {A: '${PASSWORD}'}}\n")
    (warning,) = read(tmp_path, {}).warnings
    assert CANARY not in f"{warning}"
    assert "write $$" in warning.hint


@pytest.mark.parametrize("text", ["http://$HOST/", "x${host}y", "$host"])
def test_a_variable_that_looks_like_one_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(f"services:\n  web: {{image: web, environment: {{A: '{text}'}}}}\n")
    (warning,) = read(tmp_path, {}).warnings
    assert "variable host is not set" in warning.message.lower()
