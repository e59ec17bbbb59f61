"""The start-up graph as drawn: a lane for each stack, boxes left to right by their dependencies. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from reconciler.records import dataclass
from reconciler.web.graph import GraphEdge, GraphOutput

WIDTH, HEIGHT, ACROSS, DOWN = 192, 60, 48, 18
"""Pixels of a box, and between two of them."""
FOLDED = 60
"""A stack with more services than this is drawn as a row of dots."""
APART = 3
"""So many services of another stack are drawn one by one; more are one box."""


@dataclass(frozen=True, slots=True)
class Box:
    """A service, or (``foreign``) a stand-in for what is in another stack. ``name`` is empty for several."""

    name: str
    x: int
    y: int
    foreign: str = ""
    """What the stand-in says."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two boxes, as the ``d`` of a path."""

    path: str
    held: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """One stack. ``folded`` ones have dots in place of boxes."""

    stack: str
    services: tuple[str, ...]
    width: int = 0
    height: int = 0
    boxes: tuple[Box, ...] = ()
    edges: tuple[Edge, ...] = ()
    folded: bool = False


def lanes(graph: GraphOutput, stack_of: Mapping[str, str]) -> tuple[Lane, ...]:
    """Return the lanes, in the order in which the graph has their services."""
    members: dict[str, list[str]] = {}
    for node in graph.nodes:
        members.setdefault(node.stack, []).append(node.name)
    into: dict[str, list[GraphEdge]] = {}
    for edge in graph.edges:
        into.setdefault(edge.target, []).append(edge)
    columns = {node.name: node.column for node in graph.nodes}
    return tuple(
        Lane(stack, tuple(names), folded=True) if len(names) > FOLDED else _lane(stack, names, columns, into, stack_of)
        for stack, names in members.items()
    )


def _lane(
    stack: str,
    names: Sequence[str],
    columns: Mapping[str, int],
    into: Mapping[str, Sequence[GraphEdge]],
    stack_of: Mapping[str, str],
) -> Lane:
    edges = [edge for name in names for edge in into.get(name, ())]
    stand_ins = _stand_ins(stack, edges, stack_of)
    shift = 1 if stand_ins else 0
    grid: dict[int, list[str]] = {0: list(dict.fromkeys(stand_ins.values()))} if stand_ins else {}
    for name in names:
        grid.setdefault(columns[name] + shift, []).append(name)
    before: dict[str, list[str]] = {}
    lines: dict[tuple[str, str], bool] = {}
    for edge in edges:
        source = stand_ins.get(edge.source, edge.source)
        before.setdefault(edge.target, []).append(source)
        lines[source, edge.target] = lines.get((source, edge.target), False) or edge.held
    rows = _rows([grid[column] for column in sorted(grid)], before)
    places = {
        name: (column * (WIDTH + ACROSS) + 1, round(rows[name] * (HEIGHT + DOWN)) + 1)
        for column, found in grid.items()
        for name in found
    }
    ours = set(names)
    kept = _without_implied(lines, [name for column in sorted(grid) for name in grid[column]])
    boxes = [
        Box(name, *places[name]) if name in ours else Box(_one(name), *places[name], foreign=_words(name))
        for found in grid.values()
        for name in found
    ]
    return Lane(
        stack,
        tuple(names),
        width=max(x for x, _ in places.values()) + WIDTH + 1,
        height=max(y for _, y in places.values()) + HEIGHT + 1,
        boxes=tuple(boxes),
        edges=tuple(Edge(_curve(places[a], places[b]), held) for (a, b), held in kept.items()),
    )


_SEVERAL = "\0"
"""Marks the stand-in of several services: no name has it."""


def _stand_ins(stack: str, edges: Sequence[GraphEdge], stack_of: Mapping[str, str]) -> dict[str, str]:
    """Return what stands for each service of another stack that this one depends on: itself, or its stack's one."""
    abroad: dict[str, list[str]] = {}
    for edge in edges:
        other = stack_of.get(edge.source, "")
        if other != stack and edge.source not in abroad.setdefault(other, []):
            abroad[other].append(edge.source)
    return {
        name: name if len(found) <= APART else f"{_SEVERAL}{len(found)} services of {other}"
        for other, found in abroad.items()
        for name in found
    }


def _one(name: str) -> str:
    return "" if name.startswith(_SEVERAL) else name


def _words(name: str) -> str:
    return name.removeprefix(_SEVERAL)


def _rows(grid: Sequence[Sequence[str]], before: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return each box's row: beside the middle of what it depends on, where no other box is there."""
    rows: dict[str, float] = {}
    for column in grid:
        wanted = {}
        for place, name in enumerate(column):
            known = [rows[each] for each in before.get(name, ()) if each in rows]
            wanted[name] = mean(known) if known else float(place)
        order = sorted(column, key=lambda name: wanted[name])
        found: list[float] = []
        for name in order:
            found.append(max(wanted[name], found[-1] + 1 if found else 0.0))
        drift = mean(found) - mean(wanted[name] for name in order)
        up = min(drift, found[0])
        rows |= {name: row - up for name, row in zip(order, found, strict=True)}
    return rows


def _without_implied(lines: Mapping[tuple[str, str], bool], order: Sequence[str]) -> dict[tuple[str, str], bool]:
    """Return the lines without those that go from a box to where other lines lead anyway. One that is held stays, where
    the last line of the other way isn't."""
    into: dict[str, list[str]] = {}
    for source, target in lines:
        into.setdefault(target, []).append(source)
    above: dict[str, set[str]] = {}
    for name in order:
        sources = into.get(name, ())
        above[name] = {*sources, *(each for source in sources for each in above.get(source, ()))}

    def implied(source: str, target: str) -> bool:
        held = lines[source, target]
        others = (other for other in into[target] if lines[other, target] >= held)
        return any(source in above.get(other, ()) for other in others)

    return {line: held for line, held in lines.items() if not implied(*line)}


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] + WIDTH, start[1] + HEIGHT // 2
    to, down = end[0], end[1] + HEIGHT // 2
    bend = (to - x) // 2
    return f"M{x} {y}C{x + bend} {y} {to - bend} {down} {to} {down}"
