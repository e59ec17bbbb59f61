"""Which commit counts: in every form of repository, and during every operation of git."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reconciler.commits.checkout import Checkout, Head
from reconciler.commits.contents import contents
from reconciler.commits.model import Broken, Revision
from tests.repository import Git


def head(folder: Path) -> Head:
    checkout = Checkout.holding(folder)
    assert checkout is not None
    with checkout.opened() as repo:
        return Head.of(repo)


def plain(git: Git) -> Path:
    return git.desired


def packed(git: Git) -> Path:
    git("gc", "--quiet", "--prune=now")
    assert not (git.top / ".git/refs/heads/main").exists()
    return git.desired


def detached(git: Git) -> Path:
    git("checkout", "--quiet", "--detach")
    return git.desired


def in_a_linked_work_tree(git: Git) -> Path:
    git("worktree", "add", "--quiet", "../linked", "-b", "feature/linked")
    git.commit(a="later")
    return git.top.parent / "linked/desired"


def with_borrowed_objects(git: Git) -> Path:
    git("clone", "--quiet", "--shared", ".", "../borrower")
    return git.top.parent / "borrower/desired"


def shallow(git: Git) -> Path:
    git("clone", "--quiet", "--depth=1", f"file://{git.top}", "../shallow")
    return git.top.parent / "shallow/desired"


def without_old_blobs(git: Git) -> Path:
    git("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", f"file://{git.top}", "../partial")
    return git.top.parent / "partial/desired"


def as_a_submodule(git: Git) -> Path:
    outer = Git.init(git.top.parent / "outer", f"--object-format={git('rev-parse', '--show-object-format')}")
    outer("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(git.top), "inner")
    outer.commit(b="outer")
    return outer.top / "inner/desired"


def with_its_git_directory_elsewhere(git: Git) -> Path:
    git("init", "--quiet", "--separate-git-dir=../elsewhere.git")
    return git.desired


def behind_a_link(git: Git) -> Path:
    (git.top.parent / "current").symlink_to(git.top)
    return git.top.parent / "current/desired"


@pytest.mark.parametrize("form", ["sha1", "sha256"])
@pytest.mark.parametrize(
    "shape",
    [
        plain,
        packed,
        detached,
        in_a_linked_work_tree,
        with_borrowed_objects,
        shallow,
        without_old_blobs,
        as_a_submodule,
        with_its_git_directory_elsewhere,
        behind_a_link,
    ],
)
def test_the_commit_of_every_form_of_checkout(shape: Callable[[Git], Path], form: str, tmp_path: Path) -> None:
    git = Git.init(tmp_path / "repo", f"--object-format={form}")
    git.commit(a="one")
    commit = git.commit(a="two")
    folder = shape(git)
    assert head(folder) == Head(commit)
    checkout = Checkout.holding(folder)
    assert checkout is not None
    with checkout.opened() as repo:
        held = contents(repo, commit, checkout.named)
        files = held.files if held else {}
        texts = {path: repo.object_store[entry.sha].as_raw_string() for path, entry in files.items()}
    assert texts == {"a.yaml": b"two"}


def merging(git: Git) -> None:
    git("merge", "other", fails=True)


def rebasing(git: Git) -> None:
    git("rebase", "other", fails=True)


def rebasing_by_patches(git: Git) -> None:
    git("rebase", "--apply", "other", fails=True)


def picking(git: Git) -> None:
    git("cherry-pick", "other", fails=True)


def picking_some(git: Git) -> None:
    git("cherry-pick", "other~2..other", fails=True)


def reverting(git: Git) -> None:
    git("revert", "--no-edit", "HEAD~1", fails=True)


def bisecting(git: Git) -> None:
    git("bisect", "start", "HEAD", "HEAD~2")


def applying_a_mail(git: Git) -> None:
    git("am", git("format-patch", "-1", "other"), fails=True)


@pytest.mark.parametrize(
    ("begin", "during", "abort"),
    [
        (merging, "merge", ("merge", "--abort")),
        (rebasing, "rebase", ("rebase", "--abort")),
        (rebasing_by_patches, "rebase", ("rebase", "--abort")),
        (picking, "cherry-pick", ("cherry-pick", "--abort")),
        (picking_some, "cherry-pick or revert", ("cherry-pick", "--abort")),
        (reverting, "revert", ("revert", "--abort")),
        (bisecting, "bisect", ("bisect", "reset")),
        (applying_a_mail, "am", ("am", "--abort")),
    ],
)
def test_in_the_middle_of_an_operation_the_commit_that_it_began_at_counts(
    begin: Callable[[Git], None], during: str, abort: tuple[str, ...], tmp_path: Path
) -> None:
    git = Git.init(tmp_path)
    git.commit(a="one")
    git("checkout", "--quiet", "-b", "other")
    git.commit(b="no conflict")
    git.commit(a="theirs")
    git("checkout", "--quiet", "main")
    git.commit(a="ours")
    commit = git.commit(a="ours too")
    begin(git)
    found = head(git.desired)
    assert (found.during, found.counts) == (during, commit)
    git(*abort)
    assert head(git.desired) == Head(commit)


def test_a_merge_that_ends_gives_the_commit_that_came_of_it(tmp_path: Path) -> None:
    git = Git.init(tmp_path)
    git.commit(a="one")
    git("checkout", "--quiet", "-b", "other")
    git.commit(a="theirs")
    git("checkout", "--quiet", "main")
    git.commit(a="ours")
    merging(git)
    merged = git.commit(a="both")
    assert head(git.desired) == Head(merged)


def test_a_branch_without_commits_and_a_folder_without_git(tmp_path: Path) -> None:
    assert Checkout.holding(tmp_path) is None
    Git.init(tmp_path)
    assert head(tmp_path) == Head("")


def test_it_isnt_the_hooks_repository_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, git = Git.init(tmp_path / "other"), Git.init(tmp_path / "repo")
    other.commit(a="other")
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    assert head(git.desired) == Head("")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_somebody_else_is_read_for_nothing_of_it_is_run(tmp_path: Path) -> None:
    git = Git.init(tmp_path)
    commit = git.commit(a="one")
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 1, 1)
    assert head(git.desired) == Head(commit)


def garbage_in_head(git: Git) -> None:
    (git.top / ".git/HEAD").write_bytes(b"\xff\x00rubbish")


def refs_in_a_circle(git: Git) -> None:
    (git.top / ".git/refs/heads/main").write_text("ref: refs/heads/main\n")


def unknown_extension(git: Git) -> None:
    git("config", "core.repositoryformatversion", "1")
    git("config", "extensions.fromTheFuture", "true")


def config_that_isnt_one(git: Git) -> None:
    (git.top / ".git/config").write_text("[core\n")


@pytest.mark.parametrize("damage", [garbage_in_head, refs_in_a_circle, unknown_extension, config_that_isnt_one])
def test_a_broken_repository_is_told_in_words(damage: Callable[[Git], None], tmp_path: Path) -> None:
    git = Git.init(tmp_path)
    git.commit(a="one")
    damage(git)
    with pytest.raises(Broken) as caught:
        head(git.desired)
    assert "can't be read" in str(caught.value)
    assert caught.value.hint


def test_a_git_directory_that_may_not_be_looked_into_is_told_in_words() -> None:
    with TemporaryDirectory() as name:
        git = Git.init(Path(name).resolve())
        git.commit(a="one")
        (git.top / ".git").chmod(0o000)
        git.top.chmod(0o755)
        with ThreadPoolExecutor(1, initializer=_as_nobody) as nobody, pytest.raises(Broken, match="Permission denied"):
            nobody.submit(head, git.desired).result()


def _as_nobody() -> None:
    """For the calling thread, and for file systems only (``setfsuid(2)``): nothing is hidden from root."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).setfsuid(65534)


def test_a_revision_in_words() -> None:
    commit = "3f2a91c" + "0" * 33
    assert str(Revision(commit)) == "3f2a91c"
    assert str(Revision(commit, dirty=True)) == "3f2a91c (dirty)"
    assert str(Revision(commit, dirty=True, during="rebase")) == "3f2a91c (dirty, a rebase is under way)"
