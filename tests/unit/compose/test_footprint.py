"""A stack is read again when any file that it is made of has moved, and only then."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import file_stamp
from reconciler.compose import Reader
from reconciler.desired.model import Stack

MAIN = """\
include: [parts/more.yaml]
services:
  web:
    image: a:${TAG:-1}
    env_file: [web.env]
    configs: [page]
configs:
  page: {file: page.html}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack of several files, which count as settled although they are new."""
    monkeypatch.setattr(file_stamp, "FRESH", -(10**12))
    (tmp_path / "parts").mkdir()
    (tmp_path / "app.yaml").write_text(MAIN)
    (tmp_path / "parts" / "more.yaml").write_text("services: {other: {image: b}}")
    (tmp_path / "web.env").write_text("A=1")
    (tmp_path / "page.html").write_text("hello")
    return tmp_path


def only(reader: Reader, root: Path) -> Stack:
    reading = reader.read(root)
    assert reading.faults == ()
    return reading.stacks[0]


def test_what_has_not_moved_is_the_same_object_again(root: Path) -> None:
    reader = Reader({})
    assert only(reader, root) is only(reader, root)


@pytest.mark.parametrize(
    "move",
    [
        lambda root: (root / "app.yaml").write_text(MAIN.replace("a:", "c:")),
        lambda root: (root / "parts" / "more.yaml").write_text("services: {other: {image: c}}"),
        lambda root: (root / "web.env").write_text("A=2"),
        lambda root: (root / "page.html").write_text("world"),
        lambda root: (root / ".env").write_text("TAG=2"),
        lambda root: (root / "app.override.yaml").write_text("services: {web: {image: c}}"),
        lambda root: (root / "parts" / ".env").write_text("TAG=2") and (root / "parts" / "more.yaml").touch(),
        lambda root: (root / "page.html").unlink() or (root / "page.html").symlink_to(root / "web.env"),
    ],
    ids=["itself", "included", "env_file", "config", ".env", "override", "its .env", "a link"],
)
def test_any_file_that_moves_has_it_read_again(root: Path, move: Callable[[Path], object]) -> None:
    reader = Reader({})
    only(reader, root)
    move(root)
    assert only(reader, root) == only(Reader({}), root)


def test_a_fault_goes_when_what_was_missing_comes(root: Path) -> None:
    (root / "web.env").unlink()
    reader = Reader({})
    assert "web.env isn't there" in reader.read(root).faults[0].message
    (root / "web.env").write_text("A=1")
    assert only(reader, root)


def test_what_changed_a_moment_ago_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_stamp, "FRESH", 2 * 10**9)
    reader = Reader({})
    monkeypatch.setattr(file_stamp.Stamp, "of", lambda found: file_stamp.Stamp(1, 1, 1, 10**30, 1))
    before = only(reader, root)
    (root / "web.env").write_text("A=2")
    assert only(reader, root) != before


@pytest.mark.parametrize("name", ["app.yaml", "web.env", "page.html", ".env"])
def test_a_pipe_is_no_file_and_keeps_nobody_waiting(root: Path, name: str) -> None:
    (root / name).unlink(missing_ok=True)
    os.mkfifo(root / name)
    assert f"{name} is a pipe" in Reader({}).read(root).faults[0].message
