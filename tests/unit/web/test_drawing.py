"""The start-up graph and the tasks of a service, as drawn."""

from __future__ import annotations

from dataclasses import replace

from reconciler.observed.model import TaskState
from reconciler.web.graph import GraphEdge, GraphNode, GraphOutput
from reconciler.web.lanes import APART, Lane, lanes
from reconciler.web.service_list import Wish, listed
from reconciler.web.shown_services import shown_services
from reconciler.web.timeline import ROWS, timeline
from tests.unit.plan.world import running, service, stack
from tests.unit.web.page_world import NOW, platform, task


def lane(edges: dict[str, str], *, held: str = "", foreign: tuple[str, ...] = ()) -> Lane:
    """A lane of services in columns by their depth; ``edges`` has what each name needs, as letters."""
    depth: dict[str, int] = {}
    for name, needs in edges.items():
        depth[name] = 1 + max((depth[each] for each in needs if each in depth), default=-1)
    nodes = [GraphNode(name=name, stack="app", column=depth[name], row=0) for name in edges]
    lines = [
        GraphEdge(source=each, target=name, condition="service_started", held=each in held)
        for name, needs in edges.items()
        for each in (*needs, *foreign)
    ]
    stack_of = {**dict.fromkeys(edges, "app"), **dict.fromkeys(foreign, "other")}
    return lanes(GraphOutput(nodes=nodes, edges=lines), stack_of)[0]


def test_boxes_go_right_by_their_dependencies_and_never_overlap() -> None:
    drawn = lane({"a": "", "b": "", "c": "", "d": "ab", "e": "c", "f": "de"})
    places = {box.name: (box.x, box.y) for box in drawn.boxes}
    assert len(set(places.values())) == 6
    assert places["a"][0] < places["d"][0] < places["f"][0]
    assert places["a"][1] < places["d"][1] < places["b"][1]
    assert all(x + 192 < drawn.width and y + 60 < drawn.height for x, y in places.values())


def test_a_line_that_others_imply_is_left_out_unless_only_it_is_held() -> None:
    assert len(lane({"a": "", "b": "a", "c": "ab"}).edges) == 2
    assert len(lane({"a": "", "b": "a", "c": "ab"}, held="ab").edges) == 2
    assert len(lane({"a": "", "b": "a", "c": "ab"}, held="a").edges) == 3


def test_services_of_another_stack_stand_before_the_first_column() -> None:
    few = lane({"a": ""}, foreign=("x", "y"))
    assert sorted(box.name for box in few.boxes if box.foreign) == ["x", "y"]
    many = lane({"a": "", "b": "a"}, foreign=tuple(f"x{number}" for number in range(APART + 1)))
    assert [box.foreign for box in many.boxes if box.foreign] == [f"{APART + 1} services of other"]
    assert len(many.edges) == 2


def test_tasks_are_drawn_by_slot_and_tell_their_exit_code() -> None:
    view = platform()
    assert view.snapshot is not None
    drawn = timeline(view.snapshot.services["app_web"], view.snapshot)
    assert [row.place for row in drawn.rows] == ["1", "2"]
    failed = [bar for row in drawn.rows for bar in row.bars if bar.look == "degraded"]
    assert {bar.end for bar in failed} == {"3"}
    assert "exit code 3" in failed[0].words
    assert all(bar.x > 0 and bar.x + bar.width <= drawn.width for row in drawn.rows for bar in row.bars)


def test_many_slots_and_odd_times_draw_a_picture_of_limited_size() -> None:
    wanted = stack(service("app_web"))
    swarm = replace(running(wanted), at=NOW)
    tasks = [replace(task(1, TaskState.RUNNING), id=f"t{n}", slot=n, created_at=n * 1e9) for n in range(200)]
    swarm = replace(swarm, tasks={"id-app_web": tuple(tasks)})
    drawn = timeline(swarm.services["app_web"], swarm)
    assert len(drawn.rows) == ROWS
    assert drawn.more == 200 - ROWS


def test_the_list_is_filtered_searched_and_sorted() -> None:
    services = shown_services(platform())
    assert [each.key for each in listed(services, Wish()).rows][:2] == ["web", "back"]
    assert [each.key for each in listed(services, Wish.of({"sort": "name"})).rows][:2] == ["back", "db"]
    assert [each.key for each in listed(services, Wish.of({"q": "CrashLoop app"})).rows] == ["web"]
    assert [each.key for each in listed(services, Wish.of({"verdict": "waiting"})).rows] == ["front"]
    assert listed(services, Wish.of({"stack": "other"})).found == 0
    odd = Wish.of({"sort": "x", "verdict": "'--", "page": "-1", "q": "x" * 9999})
    assert (odd.sort, odd.verdict, odd.page, len(odd.text)) == ("", "", 0, 200)
