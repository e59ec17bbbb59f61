"""What a commit holds of the desired folder, read only from git's objects."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from reconciler.commits.limits import MOST_FAULTS, MOST_NAME, MOST_WRITTEN
from reconciler.commits.model import SHORT, Broken
from reconciler.errors import Fault
from reconciler.records import dataclass

if TYPE_CHECKING:
    from dulwich.objects import ObjectID
    from dulwich.repo import Repo

MOST_LINKS = 10
"""Most symlinks on the way to the desired folder."""
MOST_FILES = 20_000
"""Most files: a few hundred bytes of trees that contain copies of each other can hold more files than any disk."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file, link or submodule of a commit. ``mode`` is git's own; ``sha`` names its object."""

    mode: int
    sha: ObjectID


Files = Mapping[str, TreeEntry]
"""By path below the desired folder, in git's order."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What ``named`` leads to in the commit. ``folder`` is its path, with symlinks followed as the commit has them."""

    commit: str
    named: Path
    folder: Path
    files: Files


def contents(repo: Repo, commit: str, named: Path) -> Contents | None:
    """Return the contents; None if the commit has no such folder. To be used within ``Checkout.opened``.

    Raises:
        Broken: there are more than ``MOST_FILES``.
    """
    top, folder = _tree(repo, commit), named
    for _ in range(MOST_LINKS):
        if not folder.parts:
            return Contents(commit, named, folder, dict(_walk(repo, top)))
        found = _lookup(repo, top, folder)
        if found is not None and stat.S_ISDIR(found.mode):
            return Contents(commit, named, folder, dict(_walk(repo, found.sha)))
        if found is None or not stat.S_ISLNK(found.mode):
            return None
        target = os.fsdecode(repo.object_store[found.sha].as_raw_string())
        folder = Path(os.path.normpath(folder.parent / target))
        if folder.is_absolute() or folder.parts[:1] == ("..",):
            return None
    return None


def write_out(repo: Repo, contents: Contents, into: Path) -> list[Fault]:
    """Write the files into an empty folder. Return a fault for each that can't be there as in a work tree."""
    commit, folder = contents.commit, contents.folder
    attributes = repo.get_gitattributes(_tree(repo, commit))
    faults: list[Fault] = []
    links: list[Path] = []
    written = 0
    for path, entry in contents.files.items():
        if len(faults) > MOST_FAULTS:
            faults[-1] = Fault(path, 0, 0, "more files can't be used, and aren't listed", "fix the listed ones first")
            return faults
        target = into / _safe(path)
        if stat.S_IFMT(entry.mode) not in {stat.S_IFREG, stat.S_IFLNK}:
            hint = "have its files in this repository, or leave --committed out"
            faults.append(Fault(path, 0, 0, "is a submodule, whose files aren't in this commit", hint))
            continue
        filtered = attributes.match_path(os.fsencode(folder / path)).get(b"filter")
        if isinstance(filtered, bytes):
            message = f"is kept through git's filter {filtered.decode(errors='replace')}, which isn't run here"
            hint = "remove it from .gitattributes, or leave --committed out"
            faults.append(Fault(path, 0, 0, message, hint))
            continue
        if not target.parent.resolve().is_relative_to(into.resolve()):
            raise Broken(f"git's tree of the desired folder has {path} below a link", "see `git fsck`")
        target.parent.mkdir(parents=True, exist_ok=True)
        data = repo.object_store[entry.sha].as_raw_string()
        written += len(data)
        if written > MOST_WRITTEN:
            hint = "move large files out of the desired folder"
            raise Broken(f"the commit's files take more than {MOST_WRITTEN // 1024**2} MB", hint)
        if stat.S_ISLNK(entry.mode):
            target.symlink_to(os.fsdecode(data))
            links.append(target)
        else:
            with target.open("xb") as file:
                file.write(data)
    return faults + [fault for link in links if (fault := _astray(repo, commit, folder, link, into))]


def _astray(repo: Repo, commit: str, folder: Path, link: Path, into: Path) -> Fault | None:
    """Return a fault for a stack's folder behind a symlink that leads out of the desired folder. In a work tree such a
    stack is refused when it is read (rule 4: files stay inside). Here the link leads nowhere, so nobody would report
    the stack, and it would be pruned."""
    if link.parent != into:
        return None
    real, root = link.resolve(), into.resolve()
    if real.is_relative_to(root):
        return None
    behind = Path(os.path.normpath(folder / os.path.relpath(real, root)))
    found = _lookup(repo, _tree(repo, commit), behind) if behind.parts[:1] != ("..",) else None
    if found is not None and stat.S_ISREG(found.mode):
        return None  # a file: reading it says so where it is needed
    return Fault(link.name, 0, 0, "the link leads out of the desired folder", "move what it leads to below it")


def _tree(repo: Repo, commit: str) -> ObjectID:
    from dulwich.objects import Commit, ObjectID

    found = repo.object_store[ObjectID(commit.encode())]
    if not isinstance(found, Commit):
        raise Broken(f"{commit[:SHORT]} isn't a commit", "see `git fsck`")
    return ObjectID(found.tree)


def _lookup(repo: Repo, tree: ObjectID, path: Path) -> TreeEntry | None:
    from dulwich.errors import NotTreeError
    from dulwich.object_store import tree_lookup_path

    try:
        mode, sha = tree_lookup_path(repo.object_store.__getitem__, tree, os.fsencode(path))
    except NotTreeError:
        return None
    except KeyError as error:
        if error.args and isinstance(error.args[0], bytes) and error.args[0] in os.fsencode(path).split(b"/"):
            return None  # the name isn't in its tree, or the object is missing
        raise
    return TreeEntry(mode, sha)


def _walk(repo: Repo, tree: ObjectID) -> Iterator[tuple[str, TreeEntry]]:
    from dulwich.object_store import iter_tree_contents

    for number, entry in enumerate(iter_tree_contents(repo.object_store, tree, max_depth=100)):
        if number >= MOST_FILES:
            raise Broken(f"the commit has more than {MOST_FILES} files there", "name a smaller folder with --desired")
        if entry.path and len(entry.path) > MOST_NAME:
            raise Broken(
                f"the commit has a path of {len(entry.path)} bytes there", f"at most {MOST_NAME} can be a file"
            )
        if entry.path and entry.mode and entry.sha:
            yield os.fsdecode(entry.path), TreeEntry(entry.mode, entry.sha)


def _safe(path: str) -> PurePosixPath:
    """Return the path if it is safe. Git makes no unsafe names, but somebody who writes objects by hand can."""
    parts = path.split("/")
    if {"", ".", ".."} & set(parts):
        raise Broken(f"git's tree of the desired folder has the name {path!r}", "see `git fsck`")
    return PurePosixPath(path)
