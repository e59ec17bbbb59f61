"""Task that isn't as it should be, and what its file says about it."""

from __future__ import annotations

from reconciler.desired.images import split
from reconciler.desired.model import Service
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.plan.canonical import canonical
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Patient:
    """Task that isn't as it should be."""

    task: Task
    wanted: Service
    snapshot: Snapshot

    @property
    def node(self) -> str:
        node = self.snapshot.nodes.get(self.task.node_id)
        return (node.hostname or node.id) if node else "its node"

    @property
    def image(self) -> str:
        container = self.task.spec.get("ContainerSpec") or {}
        return split(str(container.get("Image") or ""))[0]

    @property
    def file(self) -> str:
        return self.wanted.at.brief

    def has(self, path: str) -> str:
        return field_of(self.wanted, path)

    def beside_its_own(self) -> bool:
        """Say whether another task of the same service is in the way: the service runs one on each node that takes
        any."""
        tasks = self.snapshot.tasks.get(self.task.service_id, ())
        placed = {task.node_id for task in tasks if task.state is TaskState.RUNNING}
        free = {
            node.id for node in self.snapshot.nodes.values() if node.state == "ready" and node.availability == "active"
        }
        return not self.task.node_id and bool(placed) and free <= placed


def field_of(service: Service, path: str) -> str:
    """Return a field of the desired spec, as Compose writes it; empty if there is none."""
    form = canonical(service.spec)
    value = form.get(path) or (form.get(path.rpartition(".")[0]) or {}).get(path.rpartition(".")[2])
    if path.endswith(".memory") and value:
        return f"{value / 2**30:g} GiB" if value >= 2**30 else f"{value / 2**20:g} MiB"
    return ", ".join(value) if isinstance(value, list) else str(value or "")
