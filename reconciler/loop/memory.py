"""What a process remembers between passes. Losing it costs nothing but a second look: what matters is in Swarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.compose import Reading, read
from reconciler.desired.model import Service, Stack
from reconciler.errors import Fault


@dataclass(frozen=True, slots=True)
class Wanted:
    """Desired state as far as it is known: stacks that load, and the last good state of those that don't."""

    stacks: tuple[Stack, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def services(self) -> tuple[Service, ...]:
        return tuple(service for stack in self.stacks for service in stack.services)


class LastGood:
    """Reads desired state and keeps, by file, the last state that loaded (rule 3)."""

    def __init__(self) -> None:
        self._stacks: dict[str, Stack] = {}

    def read(self, root: Path, environ: Mapping[str, str]) -> Wanted:
        reading = read(root, environ)
        good = {stack.source: stack for stack in reading.stacks}
        kept = {source: stack for source, stack in self._stacks.items() if self._is_broken(source, reading)}
        self._stacks = kept | good
        stacks = tuple(self._stacks[source] for source in sorted(self._stacks))
        return Wanted(stacks, reading.faults, reading.warnings)

    @staticmethod
    def _is_broken(source: str, reading: Reading) -> bool:
        """A missing root is a fault without a file of its own: every stack counts as broken then."""
        return source in reading.broken or (bool(reading.faults) and not reading.broken)
