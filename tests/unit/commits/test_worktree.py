"""Dirty means that the folder isn't what the commit holds, as far as git keeps it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.commits.checkout import Checkout
from reconciler.commits.contents import contents
from reconciler.commits.worktree import WorkTree
from reconciler.file_stamp import Stamp
from tests.repository import Git


def dirty(git: Git, tree: WorkTree) -> bool:
    checkout = Checkout.holding(git.desired)
    assert checkout is not None
    with checkout.opened() as repo:
        held = contents(repo, git.head, checkout.named)
        return tree.differs(repo, checkout, held.files if held else {})


def edited(git: Git) -> None:
    git.write("desired/a.yaml", "new")


def edited_and_added(git: Git) -> None:
    git.write("desired/a.yaml", "new")
    git("add", "--all")


def edited_in_place_to_the_same_length(git: Git) -> None:
    (git.desired / "a.yaml").write_text("ONE")


def removed(git: Git) -> None:
    (git.desired / "sub/b.yaml").unlink()


def removed_altogether(git: Git) -> None:
    git.desired.rename(git.top / "moved")


def new(git: Git) -> None:
    git.write("desired/sub/new/c.yaml", "c")


def led_elsewhere(git: Git) -> None:
    (git.desired / "link").unlink()
    (git.desired / "link").symlink_to("sub/b.yaml")


def a_link_in_place_of_a_file(git: Git) -> None:
    (git.desired / "a.yaml").unlink()
    (git.desired / "a.yaml").symlink_to("sub/b.yaml")


def reset_to_another_commit(git: Git) -> None:
    edited(git)
    git.commit()
    git("reset", "--quiet", "--soft", "HEAD~1")


CHANGES = [
    edited,
    edited_and_added,
    edited_in_place_to_the_same_length,
    removed,
    removed_altogether,
    new,
    led_elsewhere,
    a_link_in_place_of_a_file,
    reset_to_another_commit,
]


@pytest.fixture(params=["sha1", "sha256"])
def git(request: pytest.FixtureRequest, tmp_path: Path) -> Git:
    git = Git.init(tmp_path, f"--object-format={request.param}")
    git.write("desired/sub/b.yaml", "two")
    (git.desired / "link").symlink_to("a.yaml")
    git.commit(a="one")
    return git


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_and_so_is_its_end(change: Callable[[Git], None], git: Git) -> None:
    tree = WorkTree()
    assert not dirty(git, tree)
    change(git)
    assert dirty(git, tree)
    if change is removed_altogether:
        (git.top / "moved").rename(git.desired)
    git.commit()
    assert not dirty(git, tree)


def ignored(git: Git) -> None:
    git.write(".gitignore", "*.log\n/desired/cache/\n")
    git.commit()
    git.write("desired/sub/x.log", "x")
    git.write("desired/cache/deep/x", "x")


def ignored_by_this_clone_alone(git: Git) -> None:
    git.write(".git/info/exclude", "*.tmp\n")
    git.write("desired/x.tmp", "x")


def touched(git: Git) -> None:
    os.utime(git.desired / "a.yaml", (1, 1))


def elsewhere(git: Git) -> None:
    git.write("README.md", "new")


def made_executable(git: Git) -> None:
    (git.desired / "a.yaml").chmod(0o755)


def an_empty_folder(git: Git) -> None:
    (git.desired / "empty").mkdir()


def a_pipe(git: Git) -> None:
    os.mkfifo(git.desired / "pipe")


def a_submodule(git: Git) -> None:
    other = Git.init(git.top / "other")
    other.commit(b="two")
    (git.top / ".git/info/exclude").write_text("/other\n")
    if git("rev-parse", "--show-object-format") == "sha1":
        git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.top), "desired/shop")
    git.commit()


def checked_out_through_a_filter(git: Git) -> None:
    git("config", "filter.upper.smudge", "tr a-z A-Z")
    git("config", "filter.upper.clean", "tr A-Z a-z")
    git.write(".gitattributes", "*.yaml filter=upper\n*.txt eol=crlf\n")
    git.write("desired/c.txt", "a\nb\n")
    git.commit()
    for name in ("a.yaml", "c.txt"):
        (git.desired / name).unlink()
    git("checkout", "--", "desired")
    # Git looks again at files that are as young as its index (racy-git.txt), so they are made older.
    os.utime(git.top / ".git/index")
    assert (git.desired / "a.yaml").read_text() == "ONE"
    assert (git.desired / "c.txt").read_bytes() == b"a\r\nb\r\n"


@pytest.mark.parametrize(
    "change",
    [
        ignored,
        ignored_by_this_clone_alone,
        touched,
        elsewhere,
        made_executable,
        an_empty_folder,
        a_pipe,
        a_submodule,
        checked_out_through_a_filter,
    ],
)
def test_what_git_wouldnt_keep_or_isnt_desired_doesnt_count(change: Callable[[Git], None], git: Git) -> None:
    tree = WorkTree()
    change(git)
    assert not dirty(git, tree)
    assert not dirty(git, tree)


def test_an_edit_behind_a_filter_is_seen(git: Git) -> None:
    checked_out_through_a_filter(git)
    git.write("desired/a.yaml", "TWO")
    assert dirty(git, WorkTree())


@pytest.mark.parametrize(("ago", "seen"), [(1.0, True), (60.0, False)], ids=["a moment ago", "long ago"])
def test_of_a_file_that_changed_a_moment_ago_its_stamp_proves_nothing(
    ago: float, seen: bool, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writes within one tick of a file system's clock leave the same stamp."""
    tick = time.time_ns() - round(ago * 1e9)
    monkeypatch.setattr(Stamp, "of", lambda found: Stamp(1, 1, 3, tick, tick))
    tree = WorkTree()
    assert not dirty(git, tree)
    (git.desired / "a.yaml").write_text("ONE")
    assert dirty(git, tree) is seen
