"""Tasks of a service, as outputs show them."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.images import split
from reconciler.observed.model import ENDED, Service, Snapshot
from reconciler.spec.paths import mode
from reconciler.status.explain_output import TaskLine
from reconciler.verdict.tasks import WANTED, by_slot, current, words

RECENT = 5
"""Number of tasks shown for a slot, and of history entries."""


def task_lines(service: Service, snapshot: Snapshot) -> Iterator[TaskLine]:
    """Yield the last tasks of each slot (of each node, for global services), newest first."""
    by_node = mode(service.spec) in {"global", "global-job"}
    grouped = by_slot(snapshot.tasks.get(service.id, ()), by_node=by_node)
    for place, tasks in sorted(grouped.items(), key=lambda item: (len(item[0]), item[0])):
        for task in tasks[:RECENT]:
            node = snapshot.nodes.get(task.node_id)
            hostname = (node.hostname or node.id) if node else task.node_id
            image = (task.spec.get("ContainerSpec") or {}).get("Image") or ""
            yield TaskLine(
                place=(hostname or "no node") if by_node else place,
                node=hostname,
                id=task.id,
                state=str(task.state),
                stopping=task.state not in ENDED and task.desired_state not in WANTED,
                since_s=round(max(0.0, snapshot.at - task.status_at), 1),
                exit_code=task.exit_code,
                error=words(task) if task.error else "",
                current=current(task, service),
                image=split(image)[0],
            )


def telling(lines: Iterator[TaskLine]) -> Iterator[TaskLine]:
    """Yield the newest task of each slot. If it doesn't run, also yield the one before it, which shows why."""
    newest: dict[str, TaskLine] = {}
    told: set[str] = set()
    for line in lines:
        before = newest.setdefault(line.place, line)
        if before is line or (line.place not in told and before.state not in {"running", "complete"}):
            if before is not line:
                told.add(line.place)
            yield line
