"""The checkout that a folder is in, and the commit that counts there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commits.model import Broken
from reconciler.records import dataclass

if TYPE_CHECKING:
    from dulwich.config import ConfigFile
    from dulwich.repo import Repo

OPERATIONS = (
    ("BISECT_START", "bisect", "BISECT_START"),
    ("rebase-merge", "rebase", "rebase-merge/orig-head"),
    ("rebase-apply/applying", "am", "ORIG_HEAD"),
    ("rebase-apply", "rebase", "rebase-apply/orig-head"),
    ("sequencer/head", "cherry-pick or revert", "sequencer/head"),
    ("MERGE_HEAD", "merge", ""),
    ("CHERRY_PICK_HEAD", "cherry-pick", ""),
    ("REVERT_HEAD", "revert", ""),
)
"""Operations of git, by the file of the git directory that shows each: its name, and the file that holds the commit it
began at (none if HEAD doesn't move before the end). The outermost comes first: a rebase picks and merges on its way.
The files are those that ``git status`` looks at (wt-status.c)."""
HARMLESS = (b"partialclone", b"preciousobjects", b"noop")
"""Extensions of a repository that don't matter to a reader, and that dulwich refuses."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """One checkout. ``top`` is the root of the work tree; ``folder`` is the desired folder's path below it (``.`` for
    the root)."""

    top: Path
    folder: Path
    named: Path
    """The desired folder as users name it. If that is a symlink in the repository, the commit says where it leads."""

    @classmethod
    def holding(cls, folder: Path) -> Checkout | None:
        """Return the innermost checkout around a folder, as git finds it. ``GIT_DIR`` is for git's own hooks and is
        ignored."""
        try:
            real = folder.resolve()
        except (OSError, RuntimeError):  # a symlink to itself
            return None
        top = next(filter(_is_top, (real, *real.parents)), None)
        if top is None:
            return None
        named = folder.parent.resolve() / folder.name if folder.is_symlink() else real
        return cls(top, real.relative_to(top), (named if named.is_relative_to(top) else real).relative_to(top))

    @contextmanager
    def opened(self) -> Iterator[Repo]:
        """Open the repository for reading only. Nothing that it configures is run (hooks, filters, monitors), so its
        owner doesn't matter (``safe.directory``).

        Raises:
            Broken: it, or what the block reads of it, can't be read.
        """
        with _in_words():
            repo = _open(self.top)
            try:
                yield repo
            finally:
                with suppress(BufferError):  # a damaged pack can't be closed at once; the error is already reported
                    repo.close()


def _is_top(folder: Path) -> bool:
    """Whether this is the root of a work tree. If its git directory may not be read it is one, too: reading it will say
    so."""
    git = folder / ".git"
    try:
        return git.is_file() or (git / "HEAD").exists()
    except PermissionError:
        return os.path.isdir(git)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a repository stands. ``commit`` is empty on a branch without commits."""

    commit: str
    during: str = ""
    began: str = ""
    """The commit that the operation ``during`` began at."""

    @classmethod
    def of(cls, repo: Repo) -> Head:
        """Read HEAD and the operation as one: neither changed while the other was read."""
        while True:
            before = _operation(repo)
            commit = _resolved(repo, "HEAD")
            if _operation(repo) == before:
                during, source = before
                return cls(commit, during, (_began(repo, source) or commit) if during else "")

    @property
    def counts(self) -> str:
        """The last commit in good order: HEAD's, or during an operation the one that it began at. Git keeps that, so a
        new process finds the same."""
        return self.began or self.commit


@dataclass(frozen=True, slots=True)
class Seen:
    """Where HEAD was (None if that can't be found out), of which checkout, and the files that change when HEAD
    moves."""

    head: Head | None = None
    checkout: Checkout | None = None
    paths: tuple[str, ...] = ()


def _operation(repo: Repo) -> tuple[str, str]:
    git = Path(repo.controldir())
    return next(((word, source) for mark, word, source in OPERATIONS if (git / mark).exists()), ("", ""))


def _began(repo: Repo, source: str) -> str:
    """Return the noted commit; empty if there is none. A bisect notes the branch that it began on."""
    if not source:
        return ""
    try:
        noted = (Path(repo.controldir()) / source).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return _resolved(repo, f"refs/heads/{noted}") or (noted if _is_commit(repo, noted) else "")


def _is_commit(repo: Repo, name: str) -> bool:
    from dulwich.objects import Commit, ObjectID, valid_hexsha

    sha = ObjectID(name.encode())
    return valid_hexsha(sha) and sha in repo.object_store and isinstance(repo.object_store[sha], Commit)


def _resolved(repo: Repo, ref: str) -> str:
    from dulwich.refs import Ref

    try:
        return repo.refs[Ref(ref.encode())].decode()
    except KeyError:
        return ""


def _open(top: Path) -> Repo:
    from dulwich.refs import DiskRefsContainer
    from dulwich.repo import Repo

    class Readable(Repo):
        """A repository with extensions that git knows: dulwich refuses some that don't matter to a reader."""

        def get_config(self) -> ConfigFile:
            config = super().get_config()
            for name in HARMLESS:
                with suppress(KeyError):
                    config.remove((b"extensions",), name)
            return config

    if os.path.isdir(top / ".git"):
        os.stat(top / ".git/HEAD")  # if this may not be read, dulwich says that there is no repository
    repo = Readable(top)
    linked = Path(repo.commondir()).resolve() != Path(repo.controldir()).resolve()
    if linked and not isinstance(repo.refs, DiskRefsContainer):
        repo.close()
        # dulwich 1.2 would read the HEAD of the main work tree (its Repo.__init__).
        raise Broken("linked work trees of a repository with reftables can't be read", "use a clone")
    for borrowed in repo.object_store.alternates:
        borrowed.object_format = repo.object_store.object_format  # dulwich 1.2 takes each for one of SHA-1
    return repo


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn whatever a library raises over broken bytes into one error of ours."""
    try:
        yield
    except Broken:
        raise
    except MemoryError:
        raise  # the process has reached its limit and says so
    except OSError as error:
        raise Broken(f"git's data can't be read: {error}", "check its files' permissions, and the disk") from error
    except KeyError as error:
        raise Broken(f"git has no object {_name(error)}", "`git fsck` shows what is missing; fetch it") from error
    except Exception as error:
        raise Broken(f"git's data can't be read: {str(error) or type(error).__name__}", "see `git fsck`") from error


def _name(error: KeyError) -> str:
    key = error.args[0] if error.args else ""
    return key.decode(errors="replace") if isinstance(key, bytes) else str(key)
