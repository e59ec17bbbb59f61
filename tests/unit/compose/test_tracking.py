"""``pull_policy`` as tracking of a tag, and limits of swap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.compose import Reading, read

DAY = 86_400.0


def lowered(root: Path, service: str, top: str = "") -> Reading:
    (root / "app.yaml").write_text(f"services: {{web: {{image: a, {service}}}}}\n{top}")
    return read(root, {})


@pytest.mark.parametrize(
    ("given", "policy", "interval"),
    [
        ("pull_policy: always", "track", 300.0),
        ("pull_policy: daily", "track", DAY),
        ("pull_policy: weekly", "track", 7 * DAY),
        ("pull_policy: every_1d12h", "track", 1.5 * DAY),
        ("pull_policy: every_90m", "track", 5400.0),
        ("pull_policy: refresh, pull_refresh_after: 2w", "track", 14 * DAY),
        ("pull_policy: refresh", "track", 300.0),
        ("pull_policy: daily, x-reconciler: {track_interval: 1h}", "track", 3600.0),
        ("pull_policy: missing", "pin", 300.0),
        ("pull_policy: if_not_present", "pin", 300.0),
    ],
)
def test_a_pull_policy_is_tracking_at_its_interval(given: str, policy: str, interval: float, tmp_path: Path) -> None:
    found = lowered(tmp_path, given)
    options = found.stacks[0].services[0].options
    assert (options.image_policy, options.track_interval, found.warnings) == (policy, interval, ())


def test_it_goes_before_the_options_of_the_stack(tmp_path: Path) -> None:
    found = lowered(tmp_path, "pull_policy: daily", "x-reconciler: {image_policy: pin, track_interval: 1m}")
    options = found.stacks[0].services[0].options
    assert (options.image_policy, options.track_interval) == ("track", DAY)


@pytest.mark.parametrize(
    ("given", "key", "hint"),
    [
        ("pull_policy: never", "pull_policy", "a node pulls the image that it doesn't have"),
        ("pull_policy: build", "pull_policy", "Swarm runs images"),
        ("pull_policy: always, x-reconciler: {image_policy: pin}", "pull_policy", "x-reconciler.image_policy says how"),
        ("pull_refresh_after: 1d", "pull_refresh_after", "it counts for `pull_policy: refresh`"),
    ],
)
def test_what_isnt_honoured_is_warned_of(given: str, key: str, hint: str, tmp_path: Path) -> None:
    found = lowered(tmp_path, given)
    (warning,) = found.warnings
    assert warning.message == f"services.web.{key} isn't honoured"
    assert warning.hint.startswith(hint)
    assert found.stacks[0].services[0].options.image_policy == "pin"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("pull_policy: sometimes", "'sometimes' isn't a pull policy"),
        ("pull_policy: every_", "'' isn't a time"),
        ("pull_policy: every_0s", "'0s' isn't a time"),
        ("pull_policy: every_9999999d", "'9999999d' isn't a time"),
        ("pull_refresh_after: soon", "'soon' isn't a time"),
        ("mem_swappiness: 101", "has to be 100 at most"),
        ("memswap_limit: [1]", "has to be a text"),
        ("memswap_limit: 32m, deploy: {resources: {limits: {memory: 64m}}}", "memswap_limit is less than"),
        ("scale: 2, deploy: {replicas: 3}", "scale is 2, and deploy.replicas 3"),
        ("scale: 2, deploy: {mode: global}", "takes no replicas"),
        ("label_file: nowhere.env", "label file nowhere.env isn't there"),
    ],
)
def test_what_cant_be_meant_is_a_fault(given: str, said: str, tmp_path: Path) -> None:
    (fault,) = lowered(tmp_path, given).faults
    assert said in fault.message
    assert fault.hint


@pytest.mark.parametrize(
    ("given", "resources"),
    [
        ("memswap_limit: 96m, deploy: {resources: {limits: {memory: 64m}}}", {"SwapBytes": 32 * 2**20}),
        ("memswap_limit: 64m, deploy: {resources: {limits: {memory: 64m}}}", {"SwapBytes": 0}),
        ("memswap_limit: -1, deploy: {resources: {limits: {memory: 64m}}}", {"SwapBytes": -1}),
        ("memswap_limit: 0", {}),
        ("mem_swappiness: 0", {"MemorySwappiness": 0}),
    ],
)
def test_swap(given: str, resources: dict[str, Any], tmp_path: Path) -> None:
    spec = lowered(tmp_path, given).stacks[0].services[0].spec
    found = spec["TaskTemplate"]["Resources"]
    assert {key: value for key, value in found.items() if key != "Limits"} == resources


def test_a_limit_of_swap_without_one_of_memory_is_warned_of(tmp_path: Path) -> None:
    (warning,) = lowered(tmp_path, "memswap_limit: 96m").warnings
    assert warning.hint == "write that as deploy.resources.limits.memory"
