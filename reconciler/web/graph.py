"""The start-up graph as data: each service's place in its stack, and the dependencies between them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from reconciler.desired.model import Service
from reconciler.status.outputs import OutputModel
from reconciler.verdict.model import Judgement


class GraphNode(OutputModel):
    """``column`` counts from 0 on: one more than that of the last dependency within the stack."""

    name: str
    stack: str
    column: int
    row: int


class GraphEdge(OutputModel):
    """``held``: the dependent waits for this dependency now."""

    source: str
    target: str
    condition: str
    held: bool


class GraphOutput(OutputModel):
    """The start-up graph."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]


def graph_of(services: Mapping[str, Service], waiting: Mapping[str, Sequence[str]]) -> GraphOutput:
    """Lay services out by their dependencies. ``waiting`` has, by service, what it waits for now."""
    inside = {
        name: [each.service for each in service.depends_on if _same_stack(services, each.service, service)]
        for name, service in services.items()
    }
    try:
        order = list(TopologicalSorter(inside).static_order())
    except CycleError:  # a reader refuses such files; whoever lays them out all the same gets one column
        order, inside = list(services), {name: [] for name in services}
    columns: dict[str, int] = {}
    for name in order:
        columns[name] = 1 + max((columns[other] for other in inside[name]), default=-1)
    rows: dict[tuple[str, int], int] = {}
    nodes = []
    for name, service in services.items():
        place = service.stack, columns[name]
        row = rows[place] = rows.get(place, -1) + 1
        nodes.append(GraphNode(name=name, stack=service.stack, column=columns[name], row=row))
    edges = [
        GraphEdge(
            source=each.service,
            target=name,
            condition=str(each.condition),
            held=each.service in waiting.get(name, ()),
        )
        for name, service in services.items()
        for each in service.depends_on
        if each.service in services
    ]
    return GraphOutput(nodes=nodes, edges=edges)


def waiting_for(judgements: Mapping[str, Judgement]) -> Mapping[str, Sequence[str]]:
    """Return what each service waits for now."""
    return {name: each.facts.by or (each.facts.object,) for name, each in judgements.items()}


def _same_stack(services: Mapping[str, Service], other: str, service: Service) -> bool:
    return other in services and services[other].stack == service.stack
