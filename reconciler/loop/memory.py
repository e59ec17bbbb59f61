"""Memory of a process between passes. Losing it only costs another read: everything essential is kept in Swarm."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

from reconciler.clock import uptime
from reconciler.commits.model import Revision
from reconciler.compose import Reader, Reading
from reconciler.compose.footprint import Files
from reconciler.desired.absence import Absence
from reconciler.desired.model import Options, Service, Stack
from reconciler.errors import Fault
from reconciler.moments import time_of_day
from reconciler.records import dataclass
from reconciler.unforeseen import in_words

_DEFAULTS = Options()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Desired state as far as it is known: stacks that load, and the last good state of those that don't."""

    stacks: tuple[Stack, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    revision: Revision | None = None
    """Commit that it was read at; None outside of git, and before the first commit."""
    changed_at: float = -inf
    """Time when its files were last seen to change, by ``uptime``. Minus infinity for a commit, which is never half
    written."""
    absence: Absence | None = None
    """Why and since when nothing can be read at all; ``stacks`` are then the last good state."""

    @property
    def services(self) -> tuple[Service, ...]:
        return tuple(service for stack in self.stacks for service in stack.services)


class Absences:
    """Memory of when desired state went missing. ``clock`` returns seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._since: float | None = None

    def seen(self, faults: Sequence[Fault], why: str, *, kept: bool) -> tuple[tuple[Fault, ...], Absence | None]:
        """Return the faults and the absence. If ``why`` isn't empty, nothing can be read, and the faults say since
        when. ``kept`` says whether a last good state stays in force meanwhile."""
        if not why:
            self._since = None
            return tuple(faults), None
        self._since = self._clock() if self._since is None else self._since
        goes_on = "the last good state is kept, and nothing is removed" if kept else "it is waited for"
        message = f"{why} (since {time_of_day(self._since)}): {goes_on}"
        return tuple(replace(fault, message=message) for fault in faults), Absence(why, self._since)


class Changes:
    """Memory of when files were last seen to change. ``clock`` counts seconds, ``wall`` seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = uptime, wall: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._wall = wall
        self._seen: Files | None = None
        self._at = -inf

    def seen(self, files: Files) -> float:
        """Return when the files last changed. Files that are seen for the first time count by their own timestamps,
        if those aren't in the future."""
        # A file that is added or removed changes the folder's own timestamp, even if it isn't desired state.
        sources = {name: found for name, found in files.items() if name}
        if sources != self._seen:
            stamps = [stamp for found in files.values() for stamp in found.values() if stamp]
            newest = max((max(stamp.modified, stamp.changed) for stamp in stamps), default=0) / 1e9
            age = max(0.0, self._wall() - newest) if self._seen is None else 0.0
            self._seen, self._at = sources, self._clock() - age
        return self._at


class LastGood:
    """Reader of desired state that keeps, for each file, the last state that loaded (rule 3)."""

    def __init__(
        self,
        environ: Mapping[str, str],
        defaults: Options = _DEFAULTS,
        allowed: tuple[Path, ...] = (),
        clock: Callable[[], float] = uptime,
    ) -> None:
        self._environ = environ
        self._reader = Reader(environ, defaults, allowed)
        self._stacks: Mapping[str, Stack] = {}
        self._absences = Absences()
        self._changes = Changes(clock)

    def under(self, defaults: Options, allowed: tuple[Path, ...]) -> None:
        """Read by other settings from now on."""
        self._reader = Reader(self._environ, defaults, allowed)

    def read(self, root: Path, shown: Path | None = None) -> Wanted:
        """Read desired state. ``shown`` is the folder as users know it, if it is read from elsewhere."""
        reading = self._read(root, shown)
        self._stacks = reading.chosen
        faults, absence = self._absences.seen(reading.faults, reading.absent, kept=bool(reading.stacks))
        changed_at = self._changes.seen(reading.files)
        return Wanted(reading.stacks, faults, reading.warnings, changed_at=changed_at, absence=absence)

    def _read(self, root: Path, shown: Path | None) -> Reading:
        try:
            return self._reader.read(root, self._stacks, shown=shown)
        except Exception as error:  # if desired state triggers a bug of ours, its last good state stays in force
            fault = Fault((shown or root).name, 0, 0, in_words(error), "the last good state stays in force")
            stacks = tuple(self._stacks.values())
            return Reading(stacks, (fault,), broken=frozenset(self._stacks), chosen=self._stacks)
