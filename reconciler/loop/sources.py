"""Where desired state comes from: the files as they lie there, or with ``--committed`` what HEAD holds of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.commits.checkout import Checkout, Head
from reconciler.commits.contents import Contents, contents, write_out
from reconciler.commits.model import SHORT, Broken, Revision
from reconciler.commits.worktree import WorkTree
from reconciler.errors import BadDesired, Fault
from reconciler.loop.memory import Absences, LastGood, Wanted
from reconciler.loop.settings import Settings

if TYPE_CHECKING:
    from dulwich.repo import Repo

Source = Callable[[], Wanted]
"""Reads desired state as it is now; never raises for bad input."""


def source_for(settings: Settings) -> Source:
    return FromCommits(settings).read if settings.committed else FromFiles(settings).read


def _last_good(settings: Settings) -> LastGood:
    return LastGood(settings.environ, settings.defaults, settings.allow_paths)


@dataclass
class FromFiles:
    """The work tree counts, whatever git thinks of it; the commit is only told."""

    settings: Settings
    _work_tree: WorkTree = field(default_factory=WorkTree)
    _known: tuple[str, Path, Contents | None] = ("", Path(), None)
    """What a commit holds, by its name and the folder's."""
    _last: Wanted = field(default_factory=Wanted)
    _device: int | None = None
    """The device that the folder was on when it was last read."""

    def __post_init__(self) -> None:
        self._last_good = _last_good(self.settings)
        self._absences = Absences()

    def read(self) -> Wanted:
        if self._is_unmounted():
            why = "the desired folder is empty, and isn't on the device that it was on: its volume isn't mounted"
            fault = Fault(self.settings.desired.absolute().name, 0, 0, why, "mount it again, or put a file there")
            faults, absence = self._absences.seen((fault,), why, kept=bool(self._last.stacks))
            return replace(self._last, faults=faults, absence=absence)
        self._absences.seen((), "", kept=True)
        wanted = self._last_good.read(self.settings.desired)
        self._device = self._device if wanted.absence else _device(self.settings.desired)
        self._last = wanted = self._with_revision(wanted)
        return wanted

    def _is_unmounted(self) -> bool:
        """Whether the folder is the empty one that a volume was mounted over when it was last read."""
        desired = self.settings.desired
        if self._device is None or _device(desired) in {None, self._device}:
            return False
        try:
            return bool(self._last.stacks) and not any(desired.iterdir())
        except OSError:
            return False

    def _with_revision(self, wanted: Wanted) -> Wanted:
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
        self._last_good = _last_good(self.settings)
        self._absences = Absences()

    def read(self) -> Wanted:
        """Where git has nothing to read from, what was last read goes on being healed, and nothing is pruned."""
        why, faults = "", tuple[Fault, ...]()
        try:
            wanted = self._read()
            self._absences.seen((), "", kept=True)
            return wanted
        except BadDesired as error:
            faults = error.faults
        except Broken as error:
            faults, why = (self._fault(str(error), error.hint),), str(error)
        except OSError as error:
            hint = "its files are laid out in a private folder under TMPDIR, which has to take them"
            faults, why = (
                (self._fault(f"the commit can't be read: {error}", hint),),
                f"the commit can't be read: {error}",
            )
        faults, absence = self._absences.seen(faults, why, kept=bool(self._wanted.stacks))
        return replace(self._wanted, faults=faults, absence=absence)

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
            wanted = self._last_good.read(Path(name), shown=self.settings.desired)
            return replace(wanted, changed_at=-inf)

    def _kept(self, revision: Revision) -> list[Fault]:
        if not revision.during:
            return []
        kept = f"commit {revision.commit[:SHORT]}, where it began, is kept"
        return [self._fault(f"git is in the middle of a {revision.during}: {kept}", "finish it, or abort it")]

    def _fault(self, message: str, hint: str) -> Fault:
        return Fault(self.settings.desired.absolute().name, 0, 0, message, hint)


def _device(folder: Path) -> int | None:
    try:
        return folder.stat().st_dev
    except OSError:
        return None
