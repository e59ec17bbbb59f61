"""The tasks of a service over time, as drawn: a row for each slot or node. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.clock import on_the_wall
from reconciler.observed.model import ENDED, Service, Snapshot, Task, TaskState
from reconciler.records import dataclass
from reconciler.spec.paths import mode
from reconciler.verdict.tasks import by_slot, current

LEFT, WIDTH, ROW, TOP = 90, 870, 26, 22
"""Pixels: of the names, of the time, of a row, and above the rows."""
SHORTEST, LONGEST = 120.0, 24 * 3600.0
"""Seconds that are drawn."""
ROWS, PER_ROW, TICKS = 30, 12, 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One task. ``end`` is its exit code, where it failed with one."""

    x: float
    width: float
    look: str
    old: bool
    """Made from an earlier spec."""
    end: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """The tasks of one slot or node."""

    place: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """``ticks`` have their place and their moment; ``more`` counts slots that aren't drawn."""

    width: int
    height: int
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, float], ...]
    more: int
    fine: bool
    """The ticks are so close that they need seconds."""


def timeline(service: Service, snapshot: Snapshot) -> Timeline:
    """Return the last hours of a service's tasks, as far as Swarm still knows them."""
    by_node = mode(service.spec) in {"global", "global-job"}
    found = by_slot(snapshot.tasks.get(service.id, ()), by_node=by_node)
    places = sorted(found.items(), key=lambda item: (len(item[0]), item[0]))
    drawn = [(place, tasks[:PER_ROW]) for place, tasks in places[:ROWS]]
    begin = min((task.created_at for _, tasks in drawn for task in tasks), default=snapshot.at)
    length = min(LONGEST, max(SHORTEST, (snapshot.at - begin) * 1.05))
    scale = _Scale(snapshot.at - length, length)
    return Timeline(
        width=LEFT + WIDTH + 10,
        height=TOP + ROW * len(drawn) + 6,
        rows=tuple(
            Row(
                _host(place, snapshot) if by_node else place,
                TOP + ROW * number,
                tuple(_bars(tasks, service, snapshot, scale)),
            )
            for number, (place, tasks) in enumerate(drawn)
        ),
        ticks=tuple(scale.ticks()),
        more=len(places) - len(drawn),
        fine=length < TICKS * 120,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    begin: float
    length: float

    def x(self, at: float) -> float:
        share = min(1.0, max(0.0, (at - self.begin) / self.length))
        return round(LEFT + WIDTH * share, 1)

    def ticks(self) -> Iterator[tuple[float, float]]:
        for number in range(TICKS + 1):
            at = self.begin + self.length * number / TICKS
            yield self.x(at), on_the_wall(at)


def _bars(tasks: Sequence[Task], service: Service, snapshot: Snapshot, scale: _Scale) -> Iterator[Bar]:
    for task in reversed(tasks):
        ended = task.state in ENDED
        until = task.status_at if ended else snapshot.at
        if until < scale.begin:
            continue
        begin, until = scale.x(task.created_at), scale.x(until)
        code = str(task.exit_code) if ended and task.exit_code else ""
        end = code if _look(task) == "degraded" else ""  # whoever is stopped may end with another code, and well
        host = _host(task.node_id, snapshot)
        words = f"task {task.id[:12]} on {host or 'no node'}: {task.state}" + (f", exit code {code}" if code else "")
        yield Bar(begin, max(3.0, round(until - begin, 1)), _look(task), not current(task, service), end, words)


def _look(task: Task) -> str:
    match task.state:
        case TaskState.RUNNING:
            return "ready"
        case TaskState.FAILED | TaskState.REJECTED | TaskState.ORPHANED:
            return "degraded"
        case TaskState.COMPLETE | TaskState.SHUTDOWN | TaskState.REMOVE:
            return "completed"
        case _:
            return "progressing"


def _host(node_id: str, snapshot: Snapshot) -> str:
    node = snapshot.nodes.get(node_id)
    return (node.hostname or node.id) if node else node_id
