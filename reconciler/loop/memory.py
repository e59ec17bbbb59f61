"""What a process remembers between passes. Losing it costs nothing but a second look: what matters is in Swarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.commits.model import Revision
from reconciler.compose import Reader
from reconciler.desired.model import Options, Service, Stack
from reconciler.errors import Fault

_DEFAULTS = Options()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Desired state as far as it is known: stacks that load, and the last good state of those that don't."""

    stacks: tuple[Stack, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    revision: Revision | None = None
    """The commit that it was read at; None outside of git, and before the first commit."""

    @property
    def services(self) -> tuple[Service, ...]:
        return tuple(service for stack in self.stacks for service in stack.services)


class LastGood:
    """Reads desired state and keeps, by file, the last state that loaded (rule 3)."""

    def __init__(self, environ: Mapping[str, str], defaults: Options = _DEFAULTS) -> None:
        self._reader = Reader(environ, defaults)
        self._stacks: Mapping[str, Stack] = {}

    def read(self, root: Path, shown: Path | None = None) -> Wanted:
        """``shown`` is where users have the folder, if it is read elsewhere."""
        reading = self._reader.read(root, self._stacks, shown=shown)
        self._stacks = reading.chosen
        return Wanted(reading.stacks, reading.faults, reading.warnings)
