"""What a commit holds of the desired folder, written out for reading; and what can't be written out."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest

from reconciler.commits import contents as room
from reconciler.commits.checkout import Checkout
from reconciler.commits.contents import contents, write_out
from reconciler.commits.model import Broken
from reconciler.errors import Fault
from tests.repository import Git


def laid_out(git: Git, into: Path, folder: str = "desired") -> list[Fault]:
    checkout = Checkout.holding(git.top / folder)
    assert checkout is not None
    into.mkdir()
    with checkout.opened() as repo:
        held = contents(repo, git.head, checkout.named)
        return write_out(repo, held, into) if held else [Fault(folder, 0, 0, "nothing")]


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_files_and_links_are_as_the_commit_has_them(tmp_path: Path) -> None:
    git = Git.init(tmp_path / "repo")
    git.write("desired/shop/conf/app.conf", "x=1")
    git.write("README.md", "not desired")
    (git.desired / "again").symlink_to("shop")
    (git.desired / "README.md").symlink_to("../README.md")
    git.commit(a="one")
    git.commit(a="edited")
    git.write("desired/a.yaml", "not committed")
    (git.desired / "shop/conf/app.conf").unlink()
    assert laid_out(git, tmp_path / "out") == []
    assert texts(tmp_path / "out") == {"a.yaml": "edited", "shop/conf/app.conf": "x=1"}
    assert (tmp_path / "out/again").readlink() == Path("shop")
    assert (tmp_path / "out/README.md").is_symlink()


def test_a_repository_may_be_the_desired_folder(tmp_path: Path) -> None:
    git = Git.init(tmp_path / "repo")
    git.write("a.yaml", "one")
    git.commit()
    assert laid_out(git, tmp_path / "out", folder=".") == []
    assert texts(tmp_path / "out") == {"a.yaml": "one"}


def test_a_commit_without_the_folder(tmp_path: Path) -> None:
    git = Git.init(tmp_path)
    git.write("desired", "a file")
    git.commit()
    checkout = Checkout.holding(tmp_path)
    assert checkout is not None
    with checkout.opened() as repo:
        found = [contents(repo, git.head, Path(folder)) for folder in ("desired", "elsewhere", "desired/below")]
    assert found == [None, None, None]


def submodule(git: Git) -> str:
    other = Git.init(git.top.parent / "other")
    other.commit(b="two")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.top), "desired/shop")
    return "is a submodule"


def filtered(git: Git) -> str:
    git.write("desired/.gitattributes", "*.key filter=git-crypt")
    git.write("desired/secret.key", "ciphertext")
    return "is kept through git's filter git-crypt"


def linked_out(git: Git) -> str:
    git.write("elsewhere/compose.yaml", "services: {}")
    (git.desired / "shop").symlink_to("../elsewhere")
    return "leads out of the desired folder"


def linked_out_by_a_way_round(git: Git) -> str:
    (git.desired / "sub").mkdir()
    (git.desired / "sub/link").symlink_to("../../elsewhere")
    (git.desired / "shop").symlink_to("sub/link")
    return "leads out of the desired folder"


def linked_to_the_work_tree(git: Git) -> str:
    (git.desired / "shop").symlink_to(git.desired / "real")
    return "leads out of the desired folder"


@pytest.mark.parametrize("odd", [submodule, filtered, linked_out, linked_out_by_a_way_round, linked_to_the_work_tree])
def test_what_a_work_tree_would_have_and_a_commit_alone_has_not(odd: Callable[[Git], str], tmp_path: Path) -> None:
    git = Git.init(tmp_path / "repo")
    git.commit(a="one")
    message = odd(git)
    git.commit()
    faults = laid_out(git, tmp_path / "out")
    assert [message in fault.message and bool(fault.hint) for fault in faults] == [True]


def loose(git: Git, kind: str, data: bytes) -> str:
    """Write an object that git itself wouldn't write."""
    whole = f"{kind} {len(data)}".encode() + b"\0" + data
    name = sha1(whole, usedforsecurity=False).hexdigest()
    file = git.top / ".git/objects" / name[:2] / name[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(zlib.compress(whole))
    return name


def tree(git: Git, *entries: tuple[str, str, str]) -> str:
    return loose(
        git, "tree", b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries)
    )


def test_hostile_trees_write_nothing_outside(tmp_path: Path) -> None:
    git = Git.init(tmp_path / "repo")
    git.commit(a="one")
    text = loose(git, "blob", b"evil")
    link = loose(git, "blob", str(tmp_path / "victim").encode())
    below = tree(git, ("100644", "x", text))
    (tmp_path / "victim").mkdir()
    trees = [
        tree(git, ("40000", "..", tree(git, ("40000", "victim", below)))),
        tree(git, ("100644", "../victim/x", text)),
        tree(git, ("120000", "a", link), ("100644", "a/x", text)),
    ]
    for number, desired in enumerate(trees):
        commit = git("commit-tree", tree(git, ("40000", "desired", desired)), "-m", "evil")
        git("update-ref", "HEAD", commit)
        with pytest.raises(Broken):
            laid_out(git, tmp_path / f"out-{number}")
    assert list((tmp_path / "victim").iterdir()) == []


def test_a_tree_of_copies_of_trees_isnt_unfolded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_FILES", 1000)
    git = Git.init(tmp_path / "repo")
    git.commit(a="one")
    folder = tree(git, ("100644", "x", loose(git, "blob", b"x")))
    for _ in range(20):
        folder = tree(git, ("40000", "a", folder), ("40000", "b", folder))
    git("update-ref", "HEAD", git("commit-tree", tree(git, ("40000", "desired", folder)), "-m", "bomb"))
    with pytest.raises(Broken, match="more than 1000 files"):
        laid_out(git, tmp_path / "out")


def test_a_name_that_no_file_can_have_is_refused_in_a_few_words(tmp_path: Path) -> None:
    git = Git.init(tmp_path / "repo")
    git.commit(a="one")
    folder = tree(git, ("160000", "x" * 1_000_000, "1" * 40))
    git("update-ref", "HEAD", git("commit-tree", tree(git, ("40000", "desired", folder)), "-m", "name"))
    with pytest.raises(Broken, match="a path of 1000000 bytes") as raised:
        laid_out(git, tmp_path / "out")
    assert len(str(raised.value)) < 200


def test_faults_without_end_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_FAULTS", 10)
    git = Git.init(tmp_path / "repo")
    git.commit(a="one")
    folder = tree(git, *(("160000", f"{number:03}", "1" * 40) for number in range(100)))
    git("update-ref", "HEAD", git("commit-tree", tree(git, ("40000", "desired", folder)), "-m", "modules"))
    faults = laid_out(git, tmp_path / "out")
    assert len(faults) == 11
    assert "aren't listed" in faults[-1].message


def test_files_that_are_too_much_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WRITTEN", 1_000)
    git = Git.init(tmp_path / "repo")
    git.commit(**{f"file{number}": "x" * 300 for number in range(4)})
    with pytest.raises(Broken, match="the commit's files take more than"):
        laid_out(git, tmp_path / "out")


@pytest.mark.parametrize("damage", ["gone", "emptied", "cut short", "swapped"])
def test_damaged_objects_are_told_and_never_taken(damage: str, tmp_path: Path) -> None:
    git = Git.init(tmp_path / "repo")
    git.commit(a="one")
    name = git("rev-parse", "HEAD:desired/a.yaml")
    file = git.top / ".git/objects" / name[:2] / name[2:]
    whole = file.read_bytes()
    os.chmod(file, 0o644)
    if damage == "gone":
        file.unlink()
    else:
        other = zlib.compress(b"blob 3\0two")
        file.write_bytes({"emptied": b"", "cut short": whole[: len(whole) // 2], "swapped": other}[damage])
    with pytest.raises(Broken) as caught:
        laid_out(git, tmp_path / "out")
    assert caught.value.hint
