"""When the app may start, and when to reload it, decided by what passes of the loop report. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Self

from reconciler.bounded import shaped
from reconciler.records import dataclass

GOOD = frozenset({"Ready", "Completed"})
NOTHING_YET = "the first pass of the loop"
_REPORT = {
    "services": [{"name": str, "stack": str, "verdict": str, "reason": str}],
    "forced": bool,
    "engine_error": str,
    "errors": list,
}


@dataclass(frozen=True, slots=True)
class JudgedService:
    """One service as a pass judged it. ``name`` is its name in the Swarm."""

    name: str
    stack: str
    verdict: str
    reason: str = ""

    def answers_to(self, said: str) -> bool:
        """Whether ``said`` means this service: its Swarm name, STACK/SERVICE, or its STACK."""
        stack, _, key = said.rpartition("/")
        return said in {self.name, self.stack} or (stack == self.stack and key in {self.name, self._key})

    @property
    def _key(self) -> str:
        return self.name.removeprefix(f"{self.stack}_")


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass reported, as far as the app depends on it. ``id`` is unique over the passes of all loops."""

    id: str
    forced: bool
    services: tuple[JudgedService, ...] = ()
    engine_error: str = ""
    faults: int = 0
    """Number of faults in files of desired state. With any, services may be missing that nobody can know of."""

    @classmethod
    def of(cls, id_: str, report: Mapping[str, Any]) -> Self:
        """Read the JSON of a pass. Raises ``ValueError`` if it isn't one."""
        shaped(report, _REPORT)
        services = (JudgedService(**{key: each[key] for key in JudgedService.__slots__}) for each in report["services"])
        return cls(id_, report["forced"], tuple(services), report["engine_error"], len(report["errors"]))

    def lacks(self, after: Sequence[str]) -> tuple[str, ...]:
        """Return what isn't Ready yet of the services that ``after`` names (of all services if it is empty), in
        words."""
        if self.engine_error:
            return (self.engine_error,)
        wanted = [each for each in self.services if not after or any(map(each.answers_to, after))]
        absent = [said for said in after if not any(each.answers_to(said) for each in self.services)]
        faulty = "every file of desired state to load: `reconciler validate` shows the faults"
        return (
            *(f"{each.name}, which is {each.verdict}" for each in wanted if each.verdict not in GOOD),
            *(f"{said}, which isn't in desired state" for said in absent),
            *((faulty,) if self.faults and (absent or not after) else ()),
        )


@dataclass(slots=True)
class Gate:
    """Opens once, for the first start. It stays open when a service degrades or the loop restarts, so an app that
    crashed can always start again."""

    after: tuple[str, ...] = ()
    open: bool = False
    lacking: tuple[str, ...] = (NOTHING_YET,)
    """What the app waits for, while the gate is closed or a reload is due."""
    reload_due: bool = False
    _seen: str = field(default="", repr=False)

    def seen(self, report: Pass) -> None:
        """Take in a report. A report that comes twice counts once: the last one is sent again to whoever connects
        again."""
        fresh, self._seen = report.id != self._seen, report.id
        self.lacking = report.lacks(self.after)
        self.reload_due = self.reload_due or (report.forced and fresh and self.open and not report.engine_error)
        self.open = self.open or not self.lacking

    def take_reload(self) -> bool:
        """Whether to reload the app now. If so, the reload is no longer due."""
        now = self.reload_due and not self.lacking
        self.reload_due = self.reload_due and not now
        return now
