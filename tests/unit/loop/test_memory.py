"""The last good state of each file, and what registries said."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest

from reconciler.compose import Reader
from reconciler.desired.model import Options, Service
from reconciler.loop.digests import Digests
from reconciler.loop.memory import Changes, LastGood


def names(root: Path, memory: LastGood) -> list[str]:
    return [service.spec["TaskTemplate"]["ContainerSpec"]["Image"] for service in memory.read(root).services]


def test_a_file_that_breaks_keeps_its_last_good_state(tmp_path: Path) -> None:
    memory = LastGood({})
    (tmp_path / "a.yaml").write_text("services: {web: {image: 'a:1'}}")
    (tmp_path / "b.yaml").write_text("services: {web: {image: 'b:1'}}")
    assert names(tmp_path, memory) == ["a:1", "b:1"]
    (tmp_path / "a.yaml").write_text("services: {web: {image: [}}")
    (tmp_path / "b.yaml").write_text("services: {web: {image: 'b:2'}}")
    assert names(tmp_path, memory) == ["a:1", "b:2"]
    assert [fault.file for fault in memory.read(tmp_path).faults] == ["a.yaml"]
    (tmp_path / "a.yaml").write_text("services: {web: {image: 'a:3'}}")
    assert names(tmp_path, memory) == ["a:3", "b:2"]


def test_a_file_that_is_removed_is_forgotten(tmp_path: Path) -> None:
    memory = LastGood({})
    (tmp_path / "a.yaml").write_text("services: {web: {image: 'a:1'}}")
    assert names(tmp_path, memory) == ["a:1"]
    (tmp_path / "a.yaml").unlink()
    assert names(tmp_path, memory) == []


def test_a_folder_that_is_away_keeps_everything(tmp_path: Path) -> None:
    memory, root = LastGood({}), tmp_path / "desired"
    root.mkdir()
    (root / "a.yaml").write_text("services: {web: {image: 'a:1'}}")
    assert names(root, memory) == ["a:1"]
    root.rename(tmp_path / "elsewhere")
    assert names(root, memory) == ["a:1"]


class Registry:
    """Answers with the digests it was given, and notes what it was asked."""

    def __init__(self, **digests: str) -> None:
        self.digests = digests
        self.asked: list[str] = []

    def ask(self, image: str) -> str | None:
        self.asked.append(image)
        return self.digests.get(image.partition(":")[0])


def service(image: str, policy: Literal["pin", "track"] = "pin") -> Service:
    spec = {"TaskTemplate": {"ContainerSpec": {"Image": image}}}
    return Service(image, "shop", image, spec, options=Options(image_policy=policy, track_interval=60))


def test_no_registry_is_asked_about_a_pinned_tag_unless_forced() -> None:
    registry = Registry(web="sha256:1")
    digests = Digests(registry.ask)
    asyncio.run(digests.refresh([service("web:1"), service("db:1@sha256:9")], 1000, forced=False))
    assert (registry.asked, digests.known) == ([], {})
    asyncio.run(digests.refresh([service("web:1"), service("db:1@sha256:9")], 1001, forced=True))
    assert (registry.asked, digests.known) == (["web:1"], {("pin", "web:1"): "sha256:1"})


@pytest.mark.parametrize(("after", "asked"), [(59, 1), (60, 2)])
def test_a_tracked_tag_is_asked_for_on_a_timer(after: int, asked: int) -> None:
    registry = Registry(web="sha256:1")
    digests = Digests(registry.ask)
    for now in (1000, 1000 + after):
        asyncio.run(digests.refresh([service("web:1", "track")], now, forced=False))
    assert len(registry.asked) == asked


def test_of_services_with_one_image_the_registry_is_asked_once_in_a_pass() -> None:
    registry = Registry(web="sha256:1")
    digests = Digests(registry.ask)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(digests.resolve, ["web:1", "db:1"] * 20))
    assert set(answers) == {"sha256:1", None}
    assert sorted(registry.asked) == ["db:1", "web:1"]
    asyncio.run(digests.refresh([], 1000, forced=False))
    digests.resolve("web:1")
    assert len(registry.asked) == 3


def test_a_registry_that_is_away_takes_no_digest_back_and_is_a_warning() -> None:
    registry = Registry(web="sha256:1")
    digests = Digests(registry.ask)
    asyncio.run(digests.refresh([service("web:1", "track")], 1000, forced=False))
    assert not digests.warnings
    registry.digests.clear()
    asyncio.run(digests.refresh([service("web:1", "track")], 1060, forced=False))
    assert digests.known == {("track", "web:1"): "sha256:1"}
    assert "no registry tells" in digests.warnings[0].message


def test_a_tag_that_comes_back_after_it_was_given_up_isnt_the_digest_of_old() -> None:
    registry = Registry(web="sha256:1")
    digests = Digests(registry.ask)
    asyncio.run(digests.refresh([service("web:1")], 1000, forced=True))
    asyncio.run(digests.refresh([service("web:2")], 1001, forced=False))
    asyncio.run(digests.refresh([service("web:1")], 1002, forced=False))
    assert digests.known == {}


def test_files_are_still_since_their_last_change(tmp_path: Path) -> None:
    now, wall = 100.0, 5000.0
    changes, reader = Changes(lambda: now, lambda: wall), Reader({})

    def changed_at() -> float:
        return changes.seen(reader.read(tmp_path).files)

    file = tmp_path / "a.yaml"
    file.write_text("services: {web: {image: 'a:1'}}")
    wall = max(file.stat().st_ctime, tmp_path.stat().st_ctime) + 30
    assert changed_at() == pytest.approx(70.0, abs=0.01)  # by their own stamps, when they are first seen
    now = 150.0
    (tmp_path / "notes.txt").write_text("nobody reads it")
    assert changed_at() == pytest.approx(70.0, abs=0.01)
    file.write_text("services: {web: {image: 'a:1'}, db: {image: 'b:1'}}")
    assert changed_at() == 150.0
    now = 160.0
    assert changed_at() == 150.0
    file.unlink()
    assert changed_at() == 160.0


def test_files_of_a_clock_that_is_ahead_have_just_changed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("services: {web: {image: 'a:1'}}")
    assert Changes(lambda: 100.0, lambda: 0.0).seen(Reader({}).read(tmp_path).files) == 100.0
