"""Warnings about notes that somebody wrote by hand: each names the object, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from reconciler.errors import Fault
from reconciler.notes import history_segments, lease, suspensions
from reconciler.notes.kinds import HISTORY, LEASE, SUSPENDED, Kind
from reconciler.observed.model import Config
from reconciler.records import dataclass

REMADE = "it is ignored; `docker config rm {}` removes it, and it is made again when needed"


@dataclass(frozen=True, slots=True)
class Check:
    """How notes of one kind are looked at.

    ``wrong`` says in words what can't be read, or nothing. ``hint`` says what to do; ``{}`` in it is the object's name.
    """

    kind: Kind
    wrong: Callable[[Config], str]
    hint: str = REMADE


CHECKS = (
    Check(LEASE, lease.unreadable),
    Check(
        SUSPENDED,
        lambda config: "; ".join(suspensions.unreadable(config)),
        "`docker config rm {}` ends all suspensions",
    ),
    Check(HISTORY, history_segments.unreadable),
)


class Notices:
    """Checks a note again only after it was written, so a pass in which nothing changed costs next to nothing."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._seen: dict[str, tuple[Config, tuple[Fault, ...]]] = {}

    def of(self, configs: Mapping[str, Config]) -> tuple[Fault, ...]:
        """Return one warning for each note that can't be read as it is."""
        self._seen = {
            config.name: self._known(config, check)
            for check in CHECKS
            for config in check.kind.find(configs, self._owner).values()
        }
        return tuple(fault for _, faults in self._seen.values() for fault in faults)

    def _known(self, config: Config, check: Check) -> tuple[Config, tuple[Fault, ...]]:
        seen = self._seen.get(config.name)
        return seen if seen and seen[0] is config else (config, tuple(_faults(config, check)))


def _faults(config: Config, check: Check) -> Iterator[Fault]:
    wrong = check.wrong(config)
    if wrong:
        yield Fault(f"config {config.name}", 0, 0, wrong, check.hint.format(config.name))
