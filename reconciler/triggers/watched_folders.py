"""What is watched of a desired folder: its sub-folders, and where its symlinks lead, up to a limit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.records import dataclass

MOST_PLACES = 2_000
"""Most folders and symlinks. A symlink to ``/`` would use up all watches that the kernel gives to a user, and block the
loop."""


class TooMany(ReconcilerError):
    """The folder has more folders and symlinks than can be watched."""


@dataclass(frozen=True, slots=True)
class FolderIdentity:
    """The folder that a path leads to; another one of the same name needs a new watch."""

    real: str
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path | str) -> FolderIdentity | None:
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            return None
        return cls(os.path.realpath(path), found.st_dev, found.st_ino)


@dataclass(frozen=True, slots=True)
class WatchedFolders:
    """What is watched. ``folders`` hold desired state. In ``beside`` only ``targets`` count, which symlinks lead to.
    ``links`` says where each symlink leads."""

    folders: frozenset[str]
    beside: frozenset[str]
    targets: frozenset[str]
    links: Mapping[str, FolderIdentity | None]

    def counts(self, path: str) -> bool:
        """Whether a change of ``path`` changes desired state."""
        return "/.git/" not in path and (os.path.dirname(path) in self.folders or path in self.targets)

    def stand(self) -> bool:
        """Whether each symlink still leads to the same place."""
        return all(FolderIdentity.of(link) == led for link, led in self.links.items())

    def miss(self, paths: set[Path]) -> bool:
        """Whether one of these changed paths is a folder or symlink that isn't watched yet."""
        return any(str(path) not in self.folders and (path.is_symlink() or path.is_dir()) for path in paths)


def places(root: Path) -> WatchedFolders:
    """Find all folders below ``root``, also behind symlinks, except git's own.

    Raises:
        TooMany: there are more than ``MOST_PLACES``.
        OSError: ``root`` itself can't be listed.
    """
    folders: set[str] = set()
    seen: set[tuple[int, int]] = set()
    links: dict[str, FolderIdentity | None] = {}
    beside: set[str] = set()
    left = [str(root)]
    while left:
        folder = left.pop()
        identity = FolderIdentity.of(folder)
        if identity is None or (identity.device, identity.inode) in seen:
            continue
        folders.add(folder)
        seen.add((identity.device, identity.inode))
        try:
            for path, is_link in _inner(folder):
                if len(folders) + len(links) + len(left) >= MOST_PLACES:
                    raise TooMany(
                        f"more than {MOST_PLACES} folders and symlinks, also behind symlinks; the last in {folder}"
                    )
                if is_link:
                    leads = links[path] = FolderIdentity.of(path)
                    if leads and not os.path.isdir(path):
                        beside.add(os.path.dirname(leads.real))
                        continue
                left.append(path)
        except OSError:
            if folder == str(root):
                raise
    targets = frozenset(found.real for found in links.values() if found)
    return WatchedFolders(frozenset(folders), frozenset(beside - folders), targets, links)


def _inner(folder: str) -> Iterator[tuple[str, bool]]:
    """Yield the folders and symlinks in a folder, and whether each is a symlink. Names that watchfiles can't handle are
    left out."""
    with os.scandir(folder) as entries:  # it tells symlinks and folders from files without a look at each
        for entry in entries:
            is_link = entry.is_symlink()
            if entry.name != ".git" and entry.name.isprintable() and (is_link or entry.is_dir(follow_symlinks=False)):
                yield entry.path, is_link
