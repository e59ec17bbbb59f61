"""``restart``, as ``docker stack`` takes it, with a word on what it doesn't do."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.compose import read

ANY, FAILED = {"Condition": "any"}, {"Condition": "on-failure"}


@pytest.mark.parametrize(
    ("restart", "policy", "warned"),
    [
        ("always", ANY, ""),
        ("unless-stopped", ANY, ""),
        ("on-failure", {**FAILED, "MaxAttempts": 0}, ""),
        ("on-failure:3", {**FAILED, "MaxAttempts": 3}, ""),
        ("always:3", ANY, "the count of tries in services.web.restart isn't honoured"),
        ("unless-stopped:2", ANY, "the count of tries in services.web.restart isn't honoured"),
        ("no", None, "services.web.restart isn't honoured: tasks that end are started again"),
        ("no:3", None, "services.web.restart isn't honoured: tasks that end are started again"),
    ],
)
def test_restart(restart: str, policy: dict[str, object] | None, warned: str, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(f'services:\n  web:\n    image: a\n    restart: "{restart}"\n')
    found = read(tmp_path, {})
    assert found.faults == ()
    assert found.stacks[0].services[0].spec["TaskTemplate"].get("RestartPolicy") == policy
    assert [f"{warning.line} {warning.message}" for warning in found.warnings] == ([f"4 {warned}"] if warned else [])
    assert all("deploy.restart_policy: {condition: " in warning.hint for warning in found.warnings)


@pytest.mark.parametrize(
    "restart", ["sometimes", "always:x", "on-failure:-1", "on-failure:\u00b2", "on-failure:" + "9" * 5000, ":3"]
)
def test_what_docker_refuses_is_a_fault(restart: str, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(f'services:\n  web:\n    image: a\n    restart: "{restart}"\n')
    (fault,) = read(tmp_path, {}).faults
    assert (fault.line, fault.message.endswith("isn't a restart policy")) == (4, True)


def test_a_job_starts_only_what_failed_again(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text('services: {job: {image: a, restart: "no", deploy: {mode: replicated-job}}}')
    (warning,) = read(tmp_path, {}).warnings
    assert warning.message == "services.job.restart isn't honoured: tasks that fail are started again"
