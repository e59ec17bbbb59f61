"""Case to explain: one service, with all that is known around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.desired.model import Service
from reconciler.desired.suspension import Suspension
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot, Task
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Key, Kind
from reconciler.records import dataclass
from reconciler.status.history import HistoryEntry
from reconciler.status.report import Report
from reconciler.status.service_names import Named
from reconciler.verdict.model import Judgement


@dataclass(frozen=True, slots=True)
class Case:
    """One service to explain. ``services`` has every desired service by Swarm name, ``history`` only the entries
    about this service. ``acting`` is the holder of the lease; empty if there is none."""

    named: Named
    services: Mapping[str, Service]
    snapshot: Snapshot
    report: Report
    history: Sequence[HistoryEntry]
    acting: str

    @property
    def name(self) -> str:
        return self.named.name

    @property
    def wanted(self) -> Service | None:
        return self.services.get(self.name)

    @property
    def found(self) -> observed.Service | None:
        return self.snapshot.services.get(self.name)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Return the tasks of the service, newest first."""
        return self.snapshot.tasks.get(self.found.id, ()) if self.found else ()

    @property
    def judgement(self) -> Judgement | None:
        return self.report.judgements.get(self.name)

    @property
    def action(self) -> Action | None:
        key = Key(Kind.SERVICE, self.name)
        return next((action for action in self.report.plan.actions if action.key == key), None)

    @property
    def hold(self) -> Hold | None:
        """Return why a difference is left alone."""
        return self.report.plan.hold(self.name)

    @property
    def suspension(self) -> Suspension | None:
        return self.report.suspensions.of_service(self.name, self.named.stack)

    @property
    def blamed(self) -> Task | None:
        """Return the task that the judgement names as the reason."""
        suspect = self.judgement.suspect if self.judgement else None
        return next((task for task in self.tasks if task.id == suspect), None)

    @property
    def suspect(self) -> Task | None:
        """Return the task whose log lines explain most: the blamed one, else the one that failed last."""
        failed = [task for task in self.tasks if task.exit_code and task.container_id]
        return self.blamed or max(failed, key=lambda task: task.status_at, default=None)

    @property
    def sick(self) -> Task | None:
        """Return the task that shows what is wrong: the blamed one, else the newest that has a message."""
        return self.blamed or next((task for task in self.tasks if task.error or task.exit_code), None)
