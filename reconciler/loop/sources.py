"""Source of desired state: the files of the work tree, or with ``--committed`` their content at HEAD."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Protocol

from reconciler.clock import uptime
from reconciler.commits.checkout import Checkout
from reconciler.commits.model import SHORT, Broken, Key, Revision
from reconciler.commits.worker_client import WORKER
from reconciler.errors import BadDesired, Fault
from reconciler.loop.memory import Absences, LastGood, Wanted
from reconciler.loop.settings import Settings


class Source(Protocol):
    """Reads desired state as it is now; never raises for bad input."""

    def __call__(self) -> Wanted: ...

    def under(self, settings: Settings) -> None:
        """Use other defaults and allowed paths from now on; the last good state stays."""
        ...


def source_for(settings: Settings, clock: Callable[[], float] = uptime) -> Source:
    """Return the source for the settings; ``clock`` dates the changes of its files."""
    last_good = LastGood(settings.environ, settings.defaults, settings.allow_paths, clock)
    return FromCommits(settings, last_good) if settings.committed else FromFiles(settings, last_good)


@dataclass
class FromFiles:
    """Source that reads the work tree, committed or not. The commit is only reported."""

    settings: Settings
    last_good: LastGood
    _last: Wanted = field(default_factory=Wanted)
    _device: int | None = None
    """Device that the folder was on when it was last read."""

    def __post_init__(self) -> None:
        self._absences = Absences()

    def under(self, settings: Settings) -> None:
        self.last_good.under(settings.defaults, settings.allow_paths)

    def __call__(self) -> Wanted:
        if self._is_unmounted():
            why = "the desired folder is empty, and isn't on the device that it was on: its volume isn't mounted"
            fault = Fault(self.settings.desired.absolute().name, 0, 0, why, "mount it again, or put a file there")
            faults, absence = self._absences.seen((fault,), why, kept=bool(self._last.stacks))
            return replace(self._last, faults=faults, absence=absence)
        self._absences.seen((), "", kept=True)
        if Checkout.holding(self.settings.desired):
            WORKER.prepare()  # start git while the files are read
        wanted = self.last_good.read(self.settings.desired)
        self._device = self._device if wanted.absence else _device(self.settings.desired)
        self._last = wanted = self._with_revision(wanted)
        return wanted

    def _is_unmounted(self) -> bool:
        """Say whether the folder is empty because the volume that was mounted there at the last read is unmounted."""
        desired = self.settings.desired
        if self._device is None or _device(desired) in {None, self._device}:
            return False
        try:
            return bool(self._last.stacks) and not any(desired.iterdir())
        except OSError:
            return False

    def _with_revision(self, wanted: Wanted) -> Wanted:
        try:
            in_git = Checkout.holding(self.settings.desired) is not None
            return replace(wanted, revision=WORKER.revision(self.settings.desired) if in_git else None)
        except Broken as error:
            message = f"which commit it lies on can't be told: {error}"
            fault = Fault(self.settings.desired.absolute().name, 0, 0, message, error.hint)
            return replace(wanted, warnings=(*wanted.warnings, fault))


@dataclass
class FromCommits:
    """Source that reads only committed files, from git's objects. For the work tree it only reports whether it
    differs."""

    settings: Settings
    last_good: LastGood
    _wanted: Wanted = field(default_factory=Wanted)
    _known: Key | None = None
    """Key of what ``_wanted`` was read from."""

    def __post_init__(self) -> None:
        self._absences = Absences()

    def under(self, settings: Settings) -> None:
        self.last_good.under(settings.defaults, settings.allow_paths)
        self._known = None

    def __call__(self) -> Wanted:
        """Read the commit. If git has nothing to read from, the state read last stays in force, and nothing is
        pruned."""
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
        revision, key = WORKER.committed(self.settings.desired)
        if key != self._known:
            self._wanted = self._read_from(key)
            self._known = key
        self._wanted = replace(self._wanted, revision=revision)
        return replace(self._wanted, warnings=(*self._wanted.warnings, *self._kept(revision)))

    def _read_from(self, key: Key) -> Wanted:
        """Read the commit whole, or not at all: with a part of its files, the others would look removed."""
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="reconciler-") as name:
            faults = WORKER.lay_out(self.settings.desired, key, Path(name))
            if faults:
                raise BadDesired(faults)
            wanted = self.last_good.read(Path(name), shown=self.settings.desired)
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
