"""The desired folder as read: every stack that loads, and every fault of those that don't (rules 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from reconciler.compose.budget import SharedBudget
from reconciler.compose.cross_stack import Agreed, agree
from reconciler.compose.dotenv import Dotenvs
from reconciler.compose.files import Root
from reconciler.compose.footprint import Files, Footprint
from reconciler.compose.reading_context import ReadingContext
from reconciler.compose.stack import SUFFIXES, Read, read_source
from reconciler.desired.model import Options, Stack
from reconciler.errors import Fault
from reconciler.records import dataclass

IN_FOLDERS = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_DEFAULTS = Options()


@dataclass(frozen=True, slots=True)
class Reading:
    """Result of reading. Faults and warnings are of all files, sorted. ``broken`` are the sources that don't load
    now; for those, ``stacks`` has the last good state."""

    stacks: tuple[Stack, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    broken: frozenset[str] = frozenset()
    chosen: Mapping[str, Stack] = field(default_factory=dict)
    """Stacks to pass as ``last_good`` the next time."""
    files: Files = field(default_factory=dict)
    """State of the files that were read, including the folder itself."""
    absent: str = ""
    """Why nothing could be read at all; ``stacks`` are then all of the last good state."""


class Reader:
    """Reader of a desired folder. If the files of a stack haven't changed since the last read, it returns the same
    objects.

    ``environ`` takes precedence over the ``.env`` beside a file. ``defaults`` are the options that neither a service
    nor its stack sets. Files below ``allowed`` may be named besides those of the desired folder.
    """

    def __init__(
        self, environ: Mapping[str, str], defaults: Options = _DEFAULTS, allowed: tuple[Path, ...] = ()
    ) -> None:
        self._allowed = allowed
        self._environ = environ
        self._defaults = defaults
        self._dotenvs = Dotenvs(environ)
        self._known: dict[str, Read] = {}
        self._devices: dict[str, int] = {}
        """Device that each file was on when it last loaded, by source."""
        self._agreed: tuple[object, Agreed] | None = None

    def read(self, root: Path, last_good: Mapping[str, Stack] | None = None, *, shown: Path | None = None) -> Reading:
        """Read the folder. Never raises for bad input. ``last_good`` is by source. ``shown`` is the folder as users
        have it, if another one is read: relative bind mounts are beside it."""
        last_good = last_good or {}
        desired = Root(root, shown or root, self._allowed)
        try:
            sources = {file.relative_to(root).as_posix(): file for file in _sources(root)}
        except OSError as error:
            return _absent(shown or root, error, last_good)
        around = ReadingContext(desired, self._environ, self._defaults, self._dotenvs, SharedBudget())
        stands = {name: read for name, read in self._known.items() if name in sources and _stands(read)}
        for read in stands.values():
            around.pool.charge(read.values, read.text)
        self._known = {name: stands.get(name) or _source(file, around) for name, file in sources.items()}
        for name in last_good.keys() - sources.keys():
            if fault := self._away(root, name):
                self._known[name] = Read(Footprint(), None, (fault,), ())
        self._devices |= {name: device for name, read in self._known.items() if (device := _device(root, name, read))}
        current = {name: read.stack for name, read in self._known.items() if read.stack is not None}
        agreed = self._agree(current, frozenset(self._known) - current.keys(), last_good)
        faults = {*agreed.faults, *(fault for read in self._known.values() for fault in read.faults)}
        warnings = {*agreed.warnings, *(warning for read in self._known.values() for warning in read.warnings)}
        in_order = tuple(sorted(faults)), tuple(sorted(warnings))
        footprint = Footprint()
        footprint.note(root)
        files = {"": footprint.stamps, **{name: read.footprint.stamps for name, read in self._known.items()}}
        return Reading(agreed.stacks, *in_order, agreed.broken, agreed.chosen, files)

    def _away(self, root: Path, name: str) -> Fault | None:
        """Say why a stack's file is missing though no user removed it; None if a user may have removed it."""
        folder = (root / name).parent
        try:
            if folder.is_symlink() and not folder.exists():
                why = "the link to the stack's folder leads nowhere"
            elif folder == root or folder.stat().st_dev == self._devices.get(name, folder.stat().st_dev):
                return None
            else:
                why = "the file isn't there, nor is the device that it was on: its volume isn't mounted"
        except OSError:
            return None
        return Fault(name, 0, 0, why, f"put it back; to remove the stack, remove {folder.relative_to(root)}")

    def _agree(self, current: Mapping[str, Stack], broken: frozenset[str], last_good: Mapping[str, Stack]) -> Agreed:
        asked = (current, broken, last_good)
        if self._agreed is None or self._agreed[0] != asked:
            self._agreed = asked, agree(current, broken, last_good)
        return self._agreed[1]


def _device(root: Path, name: str, read: Read) -> int | None:
    stamp = read.footprint.stamps.get(root / name)
    return stamp.device if stamp and read.stack is not None else None


def _stands(read: Read) -> bool:
    """Say whether reading it again would give the same."""
    return not read.crowded and read.footprint.stands()


def _source(file: Path, around: ReadingContext) -> Read:
    name = file.relative_to(around.root.path).as_posix()
    if not name.isprintable():
        hint = "rename it: only names in UTF-8 without control characters are read"
        return Read(Footprint(), None, (Fault(name, 0, 0, "the name can't be used", hint),), ())
    return read_source(file, around)


def read(
    root: Path,
    environ: Mapping[str, str],
    last_good: Mapping[str, Stack] | None = None,
    defaults: Options = _DEFAULTS,
    allowed: tuple[Path, ...] = (),
) -> Reading:
    """Read the desired folder once (see ``Reader``)."""
    return Reader(environ, defaults, allowed).read(root, last_good)


def _absent(root: Path, error: OSError, last_good: Mapping[str, Stack]) -> Reading:
    """Return what is known of a folder that can't be read, as long as that lasts."""
    why = "isn't there" if isinstance(error, FileNotFoundError) else f"can't be read: {error.strerror or error}"
    fault = Fault(root.name, 0, 0, f"the desired folder {why}", f"make {root}, or name another with --desired")
    broken = frozenset(last_good)
    return Reading(tuple(last_good.values()), (fault,), broken=broken, chosen=last_good, absent=fault.message)


def _sources(root: Path) -> Iterator[Path]:
    """Yield top-level YAML files, and the ``compose.yaml`` of each folder, without hidden files and overrides."""
    for entry in sorted(root.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            named = (entry / name for name in IN_FOLDERS)
            # Yield a pipe, or a link that leads nowhere, too: it becomes a fault. If it were skipped, its stack would
            # be removed.
            yield from [path for path in named if path.is_symlink() or (path.exists() and not path.is_dir())][:1]
        elif entry.suffix in SUFFIXES and not entry.stem.endswith(".override"):
            yield entry
