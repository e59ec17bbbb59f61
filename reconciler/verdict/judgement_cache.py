"""Cache of judgements: if nothing about a service changed and no deadline passed, only the age of its tasks is
updated."""

from __future__ import annotations

import operator
from dataclasses import fields, replace

from reconciler.desired.model import Service
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot, Task
from reconciler.records import dataclass
from reconciler.verdict.judge import judge_for_now
from reconciler.verdict.model import Circumstances, Judgement, Validity

_OWN = {"at", "services", "tasks", "seen", "watching_since"}
"""Members of a Snapshot that are kept by service, or only carry the time."""
_COMMON = tuple(each.name for each in fields(Snapshot) if each.name not in _OWN)


@dataclass(frozen=True, slots=True)
class _Last:
    service: Service
    found: observed.Service | None
    tasks: tuple[Task, ...]
    circumstances: Circumstances
    judgement: Judgement
    at: float
    validity: Validity

    def holds(self, service: Service, snapshot: Snapshot, circumstances: Circumstances) -> bool:
        found = snapshot.services.get(service.name)
        return (
            found is not None
            and self.at <= snapshot.at < self.validity.until
            and found is self.found
            and service is self.service
            and snapshot.tasks.get(found.id, ()) is self.tasks
            and circumstances == self.circumstances
        )


class Judgements:
    """Judges the services of one Snapshot after another. The results are the same as without a memory."""

    def __init__(self) -> None:
        self._common: tuple[object, ...] = ()
        self._services: tuple[object, ...] = ()
        self._last: dict[str, _Last] = {}

    def under(self, snapshot: Snapshot) -> None:
        """Use this Snapshot from now on. If more than services changed, everything is judged again. If any service
        changed, the judgements that looked at other services are made again."""
        common = tuple(getattr(snapshot, name) for name in _COMMON)
        services = (snapshot.services, snapshot.tasks)
        if common != self._common:
            self._last.clear()
        elif not all(map(operator.is_, services, self._services)):
            self._last = {name: last for name, last in self._last.items() if not last.validity.looks_at_others}
        self._common, self._services = common, services

    def of(self, service: Service, snapshot: Snapshot, circumstances: Circumstances) -> Judgement:
        """Return what ``judge`` returns, from memory where possible."""
        last = self._last.get(service.name)
        if last and last.holds(service, snapshot, circumstances):
            age = last.judgement.task_age
            return last.judgement if age is None else replace(last.judgement, task_age=age + snapshot.at - last.at)
        judgement, validity = judge_for_now(service, snapshot, circumstances)
        self._last.pop(service.name, None)
        found = snapshot.services.get(service.name)
        if found:
            tasks = snapshot.tasks.get(found.id, ())
            self._last[service.name] = _Last(service, found, tasks, circumstances, judgement, snapshot.at, validity)
        return judgement
