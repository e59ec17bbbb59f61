"""When the app may start, and when it is to be reloaded: pure, out of what passes of the loop report."""

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
    """One service, as a pass judged it; ``name`` in the Swarm."""

    name: str
    stack: str
    verdict: str
    reason: str = ""

    def answers_to(self, said: str) -> bool:
        """By its Swarm name, as STACK/SERVICE, or as one of STACK."""
        stack, _, key = said.rpartition("/")
        return said in {self.name, self.stack} or (stack == self.stack and key in {self.name, self._key})

    @property
    def _key(self) -> str:
        return self.name.removeprefix(f"{self.stack}_")


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass reported, as far as the app depends on it. ``id``: of this pass and no other, of any loop."""

    id: str
    forced: bool
    services: tuple[JudgedService, ...] = ()
    engine_error: str = ""
    faults: int = 0
    """Of the files of desired state: services may be missing that nobody can know of."""

    @classmethod
    def of(cls, id_: str, report: Mapping[str, Any]) -> Self:
        """From the JSON of a pass. Raises ``ValueError`` for what is none."""
        shaped(report, _REPORT)
        services = (JudgedService(**{key: each[key] for key in JudgedService.__slots__}) for each in report["services"])
        return cls(id_, report["forced"], tuple(services), report["engine_error"], len(report["errors"]))

    def lacks(self, after: Sequence[str]) -> tuple[str, ...]:
        """What isn't Ready of the services named ``after``, or of all where none is, each in words."""
        if self.engine_error:
            return (self.engine_error,)
        wanted = [each for each in self.services if not after or any(map(each.answers_to, after))]
        absent = [said for said in after if not any(each.answers_to(said) for each in self.services)]
        faulty = "every file of desired state to load: `reconciler validate` tells the faults"
        return (
            *(f"{each.name}, which is {each.verdict}" for each in wanted if each.verdict not in GOOD),
            *(f"{said}, which isn't in desired state" for said in absent),
            *((faulty,) if self.faults and (absent or not after) else ()),
        )


@dataclass(slots=True)
class Gate:
    """Opens once, for the first start: a service that degrades later, or a loop that starts again, closes it no more,
    nor keeps an app that crashed from coming back."""

    after: tuple[str, ...] = ()
    open: bool = False
    lacking: tuple[str, ...] = (NOTHING_YET,)
    """What is waited for, where the gate isn't open or a reload is due."""
    reload_due: bool = False
    _seen: str = field(default="", repr=False)

    def seen(self, report: Pass) -> None:
        """A report that comes twice, as the last one does to who asks again, counts once."""
        fresh, self._seen = report.id != self._seen, report.id
        self.lacking = report.lacks(self.after)
        self.reload_due = self.reload_due or (report.forced and fresh and self.open and not report.engine_error)
        self.open = self.open or not self.lacking

    def take_reload(self) -> bool:
        """Whether the app is to be reloaded now; then it is due no more."""
        now = self.reload_due and not self.lacking
        self.reload_due = self.reload_due and not now
        return now
