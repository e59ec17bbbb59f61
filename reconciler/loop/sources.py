"""Where desired state comes from: the files as they lie there, or with ``--committed`` what HEAD holds of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.commits.checkout import Checkout, Head
from reconciler.commits.contents import Contents, contents, write_out
from reconciler.commits.model import SHORT, Broken, Revision
from reconciler.commits.worktree import WorkTree
from reconciler.errors import BadDesired, Fault
from reconciler.loop.memory import LastGood, Wanted
from reconciler.loop.settings import Settings

if TYPE_CHECKING:
    from dulwich.repo import Repo

Source = Callable[[], Wanted]
"""Reads desired state as it is now; never raises for bad input."""


def source_for(settings: Settings) -> Source:
    return FromCommits(settings).read if settings.committed else FromFiles(settings).read


@dataclass
class FromFiles:
    """The work tree counts, whatever git thinks of it; the commit is only told."""

    settings: Settings
    _work_tree: WorkTree = field(default_factory=WorkTree)
    _known: tuple[str, Path, Contents | None] = ("", Path(), None)
    """What a commit holds, by its name and the folder's."""

    def __post_init__(self) -> None:
        self._last_good = LastGood(self.settings.environ, self.settings.defaults)

    def read(self) -> Wanted:
        wanted = self._last_good.read(self.settings.desired)
        try:
            return replace(wanted, revision=self._revision())
        except Broken as error:
            message = f"which commit it lies on can't be told: {error}"
            fault = Fault(self.settings.desired.absolute().name, 0, 0, message, error.hint)
            return replace(wanted, warnings=(*wanted.warnings, fault))

    def _revision(self) -> Revision | None:
        checkout = Checkout.holding(self.settings.desired)
        if checkout is None:
            return None
        with checkout.opened() as repo:
            head = Head.of(repo)
            if not head.commit:
                return None
            if self._known[:2] != (head.commit, checkout.named):
                self._known = head.commit, checkout.named, contents(repo, head.commit, checkout.named)
            held = self._known[2]
            # What no commit holds is told by none: it differs, even where git is to ignore it.
            dirty = held is None or self._work_tree.differs(repo, checkout, held.files)
        return Revision(head.commit, dirty, head.during)


@dataclass
class FromCommits:
    """Only what the commit holds counts, read from git's objects; of the work tree, only whether it differs is told."""

    settings: Settings
    _work_tree: WorkTree = field(default_factory=WorkTree)
    _wanted: Wanted = field(default_factory=Wanted)
    _known: Contents | None = None
    """What ``_wanted`` was read from."""

    def __post_init__(self) -> None:
        self._last_good = LastGood(self.settings.environ, self.settings.defaults)

    def read(self) -> Wanted:
        """Where git has nothing to read from, what was last read goes on being healed, and nothing is pruned."""
        try:
            return self._read()
        except BadDesired as error:
            faults = error.faults
        except Broken as error:
            faults = (self._fault(str(error), error.hint),)
        except OSError as error:
            hint = "its files are laid out in a private folder under TMPDIR, which has to take them"
            faults = (self._fault(f"the commit can't be read: {error}", hint),)
        return replace(self._wanted, faults=faults)

    def _read(self) -> Wanted:
        checkout = Checkout.holding(self.settings.desired)
        if checkout is None:
            raise Broken("the folder lies in no git checkout any more", "put it back, or leave --committed out")
        with checkout.opened() as repo:
            head = Head.of(repo)
            commit = head.counts
            if not commit:
                raise Broken("nothing is committed yet", f"commit {self.settings.desired}, or leave --committed out")
            held = self._contents(repo, checkout, commit)
            revision = Revision(commit, self._work_tree.differs(repo, checkout, held.files), head.during)
        if held is not self._known:
            self._wanted = self._read_from(checkout, held)
            self._known = held
        self._wanted = replace(self._wanted, revision=revision)
        return replace(self._wanted, warnings=(*self._wanted.warnings, *self._kept(revision)))

    def _contents(self, repo: Repo, checkout: Checkout, commit: str) -> Contents:
        if self._known and (self._known.commit, self._known.named) == (commit, checkout.named):
            return self._known
        held = contents(repo, commit, checkout.named)
        if held is None:
            hint = "commit the folder, or name another with --desired"
            raise Broken(f"commit {commit[:SHORT]} holds no folder {checkout.named}", hint)
        return held

    def _read_from(self, checkout: Checkout, held: Contents) -> Wanted:
        """A commit whose files can't be had as a work tree would have them doesn't count at all: a part of them would
        say that the others are gone."""
        with TemporaryDirectory(prefix="reconciler-") as name:
            with checkout.opened() as repo:
                faults = write_out(repo, held, Path(name))
            if faults:
                raise BadDesired(faults)
            return self._last_good.read(Path(name), shown=self.settings.desired)

    def _kept(self, revision: Revision) -> list[Fault]:
        if not revision.during:
            return []
        kept = f"commit {revision.commit[:SHORT]}, where it began, is kept"
        return [self._fault(f"git is in the middle of a {revision.during}: {kept}", "finish it, or abort it")]

    def _fault(self, message: str, hint: str) -> Fault:
        return Fault(self.settings.desired.absolute().name, 0, 0, message, hint)
