"""Whether the desired folder of a work tree equals what a commit holds of it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commits.checkout import Checkout
from reconciler.commits.contents import Files, TreeEntry
from reconciler.commits.limits import MOST_WRITTEN
from reconciler.file_stamp import Stamp
from reconciler.records import dataclass

if TYPE_CHECKING:
    from dulwich.repo import Repo


PIECE = 1024**2
"""Bytes of a file that are read at once."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file's content as the hash that git would give it, as of ``at`` (nanoseconds since the epoch)."""

    stamp: Stamp
    sha: bytes
    at: int

    def stands(self, stamp: Stamp) -> bool:
        return stamp == self.stamp and stamp.settled(self.at)


@dataclass
class WorkTree:
    """Remembers hashes: a file that wasn't touched costs one ``lstat`` from then on."""

    _hashed: dict[str, Hashed] = field(default_factory=dict)

    def differs(self, repo: Repo, checkout: Checkout, files: Files) -> bool:
        """Whether contents differ, as far as git keeps them: modes, submodules and ignored files don't count. A file
        that can't be read, or vanishes meanwhile, differs. To be used within ``Checkout.opened``."""
        try:
            return self._differs(repo, checkout, files)
        except OSError:
            return True

    def _differs(self, repo: Repo, checkout: Checkout, files: Files) -> bool:
        submodules = {path for path, entry in files.items() if not _file(entry.mode)}
        folders = _folders(files)
        ignored = _ignored(repo, checkout)
        hashed: dict[str, Hashed] = {}

        def descend(path: str) -> bool:
            return path not in submodules and (path in folders or not ignored(f"{path}/"))

        root = checkout.top / checkout.folder
        for path, found in _below(root, descend):
            entry = files.get(path)
            if entry is not None:
                if found.st_size > MOST_WRITTEN:
                    return True  # no commit with it could be written out, and reading it may never end
                hashed[path] = self._hash(repo, root, path, found)
                if hashed[path].sha != entry.sha and not _as_git_wrote_it(repo, checkout, path, found, entry):
                    return True
            elif not ignored(path):
                return True
        self._hashed = hashed
        return bool(files.keys() - submodules - hashed.keys())

    def _hash(self, repo: Repo, root: Path, path: str, found: os.stat_result) -> Hashed:
        stamp, now = Stamp.of(found), time.time_ns()
        known = self._hashed.get(path)
        if known is None or not known.stands(stamp):
            sha = _named(repo, root / path, found)
            known = self._hashed[path] = Hashed(stamp, sha, now)
        return known


def _named(repo: Repo, file: Path, found: os.stat_result) -> bytes:
    """Return git's hash of the content, read in pieces. A file that changes meanwhile has no right hash."""
    hashed = repo.object_format.new_hash()
    if stat.S_ISLNK(found.st_mode):
        target = os.fsencode(file.readlink())
        hashed.update(b"blob %d\0" % len(target) + target)
    else:
        hashed.update(b"blob %d\0" % found.st_size)
        with file.open("rb") as content:
            while piece := content.read(PIECE):
                hashed.update(piece)
    return hashed.hexdigest().encode()


def _folders(files: Files) -> set[str]:
    """Return the folders that contain something of the commit."""
    found: set[str] = set()
    for path in files:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _file(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _below(root: Path, descend: Callable[[str], bool]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield files and symlinks below ``root`` by their relative paths; symlinks aren't followed."""
    folders = [""]
    while folders:
        folder = folders.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                path = folder + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git" and descend(path):
                        folders.append(f"{path}/")
                elif entry.name != ".git" and _file((found := entry.stat(follow_symlinks=False)).st_mode):
                    yield path, found


def _ignored(repo: Repo, checkout: Checkout) -> Callable[[str], bool]:
    """Return a function that says whether git ignores a path below the desired folder (a folder ends in /)."""
    from dulwich.ignore import IgnoreFilterManager

    manager = IgnoreFilterManager.from_repo(repo)
    prefix = "".join(f"{part}/" for part in checkout.folder.parts)
    return lambda path: bool(manager.is_ignored(prefix + path))


def _as_git_wrote_it(repo: Repo, checkout: Checkout, path: str, found: os.stat_result, entry: TreeEntry) -> bool:
    """Whether git's index knows this file by its stamp. Filters and conversions of line ends write other bytes than the
    object has, so the bytes can't be compared. A file as young as the index proves nothing (racy-git.txt)."""
    from dulwich.index import IndexEntry

    with suppress(Exception):  # dulwich can't read the index: then only the bytes can be compared
        known = repo.open_index()[os.fsencode(checkout.folder / path)]
        if not isinstance(known, IndexEntry) or known.sha != entry.sha:
            return False
        written = Path(repo.index_path()).stat().st_mtime_ns
        seconds, nanoseconds = known.mtime if isinstance(known.mtime, tuple) else (int(known.mtime), 0)
        stamp = seconds * 10**9 + nanoseconds
        return stamp == found.st_mtime_ns < written and known.size == found.st_size & 0xFFFFFFFF
    return False
