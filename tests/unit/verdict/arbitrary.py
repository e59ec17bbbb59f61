"""Swarms of one service, as odd as they come: for properties that hold whatever there is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.desired.model import Options, Probe, Spec
from reconciler.observed import model as observed
from reconciler.observed.model import Node, Probed, Snapshot, Task, TaskState, UpdateStatus
from reconciler.verdict.model import Circumstances
from tests.unit.verdict.watched import ENGINE, NODE, NOW, OLD, TEMPLATE, spec

AGO = st.one_of(st.floats(0, 400), st.sampled_from([0.0, 1.0, 4.9999, 5.0, 10.0, 20.0, 30.0, 119.0, 120.0]))
MODES: list[Spec] = [
    *({"Replicated": {"Replicas": count}} for count in range(4)),
    {"Global": {}},
    {"GlobalJob": {}},
    {"ReplicatedJob": {"TotalCompletions": 2}},
]
UPDATES = ["updating", "paused", "rollback_started", "rollback_paused", "rollback_completed", "completed"]
PROBED = [Probed(True, ever=True), Probed(False, "no"), Probed(False, "no", ever=True), Probed(None, "out of reach")]
OPTIONS = st.builds(
    Options,
    min_task_age=st.sampled_from([0, 5, 10, 40]),
    ready_timeout=st.sampled_from([1, 20, 300]),
    progress_deadline=st.sampled_from([2, 30, 600]),
    probe=st.sampled_from([None, Probe(tcp=80)]),
)
CIRCUMSTANCES = st.sampled_from(
    [
        Circumstances(),
        Circumstances(suspended="suspended"),
        Circumstances(pending=("image",)),
        Circumstances(waits=Finding(Cause.DEPENDENCY_NOT_READY, Facts(object="db"))),
        Circumstances(rolled_back="task t0 failed"),
        Circumstances(failure=Finding(Cause.WRITE_REFUSED, Facts(said="refused")), retry_at=NOW + 5),
    ]
)


@st.composite
def tasks(draw: st.DrawFn, number: int) -> Task:
    created = draw(AGO)
    wanted = [*[TaskState.RUNNING] * 3, TaskState.SHUTDOWN, TaskState.READY, TaskState.COMPLETE]
    return Task(
        f"t{number}",
        "s1",
        draw(st.sampled_from(["n1", "n1", "n2", "gone", ""])),
        draw(st.integers(1, 3)),
        draw(st.sampled_from([*[TaskState.RUNNING] * 6, *TaskState])),
        draw(st.sampled_from(wanted)),
        draw(st.sampled_from([TEMPLATE, TEMPLATE, OLD])),
        created_at=NOW - created,
        status_at=NOW - draw(st.one_of(st.just(created), st.floats(0, created))),
        error=draw(st.sampled_from(["", "no suitable node"])),
        iteration=draw(st.sampled_from([None, 1, 2])),
        container_id=f"c{number}",
    )


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    policy = {"Condition": draw(st.sampled_from(["any", "on-failure", "none"])), "MaxAttempts": draw(st.integers(0, 2))}
    pace = {
        "Delay": draw(st.sampled_from([0, 3_000_000_000])),
        "Monitor": draw(st.sampled_from([0, 2_000_000_000, 15_000_000_000])),
    }
    port = {"PublishedPort": 80, "PublishMode": draw(st.sampled_from(["host", "ingress"]))}
    given: dict[str, Any] = draw(st.sampled_from([{}, {"RestartPolicy": policy}]))
    written = spec(mode=draw(st.sampled_from(MODES)), **given)
    return {**written, **draw(st.sampled_from([{}, {"UpdateConfig": pace}, {"EndpointSpec": {"Ports": [port]}}]))}


@st.composite
def swarms(draw: st.DrawFn) -> Snapshot:
    """Its service is ``web``, observed at ``NOW``."""
    its = [draw(tasks(number)) for number in range(draw(st.integers(0, 5)))]
    state, message = draw(st.sampled_from(["", *UPDATES])), draw(st.sampled_from(["", "failure of task t0"]))
    update = UpdateStatus(state, message, NOW - draw(AGO)) if state else None
    iteration = draw(st.sampled_from([None, 1]))
    service = observed.Service(
        "s1", "web", 7, draw(specs()), NOW - draw(AGO), NOW - draw(AGO), update, iteration=iteration
    )
    running = [task for task in its if task.state is TaskState.RUNNING]
    known: dict[str, Any] = {
        "nodes": {node.id: node for node in (draw(nodes("n1")), draw(nodes("n2")))},
        "seen": {task.id: draw(st.floats(min(task.status_at, NOW), NOW)) for task in running},
        "probed": {task.id: draw(st.sampled_from(PROBED)) for task in running},
        "watching_since": draw(st.sampled_from([0.0, NOW - 40])),
    }
    engine = replace(ENGINE, started_at=draw(st.sampled_from([None, 1_000.0, NOW - 30])))
    ordered = tuple(sorted(its, key=lambda task: task.created_at, reverse=True))
    return Snapshot(NOW, engine, services={"web": service}, tasks={"s1": ordered}, **known)


@st.composite
def nodes(draw: st.DrawFn, name: str) -> Node:
    return replace(
        NODE,
        id=name,
        hostname=f"host of {name}",
        state=draw(st.sampled_from(["ready", "ready", "down", "unknown"])),
        availability=draw(st.sampled_from(["active", "active", "pause", "drain"])),
        updated_at=NOW - draw(AGO),
    )
