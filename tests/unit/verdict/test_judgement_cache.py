"""Judging with a memory gives what judging without one does, pass after pass."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.desired.model import Options, Probe, Service
from reconciler.observed import model as observed
from reconciler.observed.model import Probed, Snapshot, TaskState, UpdateStatus
from reconciler.verdict.judge import judge, judge_for_now
from reconciler.verdict.judgement_cache import Judgements
from reconciler.verdict.model import Circumstances
from tests.unit.verdict import arbitrary
from tests.unit.verdict.watched import NODE, NOW, OLD, failed, spec, swarm, task

WANTED = [
    Service("web", "app", "web", spec()),
    Service("web", "app", "web", spec(), options=Options(min_task_age=10, ready_timeout=20, progress_deadline=30)),
    Service("web", "app", "web", spec(), options=Options(probe=Probe(tcp=80))),
]
UPDATING = UpdateStatus("updating", "update in progress", NOW - 10)
SWARMS = (
    swarm(task(60)),
    swarm(task(2)),
    swarm(task(60), failed(70)),
    swarm(task(0.5, TaskState.STARTING), failed(1), failed(10), failed(20)),
    swarm(task(5, TaskState.PENDING, error="no suitable node")),
    swarm(task(60), nodes={"n1": replace(NODE, state="down")}),
    swarm(task(60), written=spec(2)),
    swarm(written=spec(0)),
    swarm(task(60), task(3, slot=2, id="young"), task(8, slot=3), written=spec(3)),
    swarm(task(60), task(4, TaskState.PENDING, slot=2, error="no suitable node"), written=spec(2)),
    swarm(task(60), probed={"t1-60": Probed(False, "refused")}),
    swarm(task(9, spec=OLD), task(3, slot=2), written=spec(2), update=UPDATING, updated_at=NOW - 10),
    swarm(task(4), update=UPDATING, updated_at=NOW - 9, nodes={"n1": NODE, "n2": replace(NODE, id="n2", state="down")}),
    swarm(task(4), written=spec(mode={"Global": {}}), update=replace(UPDATING, state="paused"), updated_at=NOW - 9),
    swarm(task(4, TaskState.NEW), written=spec(mode={"ReplicatedJob": {"TotalCompletions": 2}}), iteration=1),
)
AWHILE = st.one_of(
    st.floats(0, 400), st.sampled_from([0.0004, 0.999, 1.0, 2.0, 5.0, 6.0, 10.0, 16.0, 20.0, 119.0, 120.0])
)
CIRCUMSTANCES = (Circumstances(), Circumstances(suspended="suspended"), Circumstances(pending=("image",)))


@given(st.sampled_from(WANTED), st.lists(st.tuples(st.sampled_from(SWARMS), st.sampled_from(CIRCUMSTANCES), AWHILE)))
def test_a_memory_changes_nothing(wanted: Service, passes: list[tuple[Snapshot, Circumstances, float]]) -> None:
    check(wanted, passes)


@given(st.sampled_from(WANTED), st.sampled_from(SWARMS), st.lists(AWHILE, min_size=5))
@example(WANTED[1], SWARMS[3], [0.0, 99.0, 2.0])
def test_nor_where_nothing_moves_but_time(wanted: Service, swarm: Snapshot, later: list[float]) -> None:
    check(wanted, [(swarm, Circumstances(), seconds) for seconds in later])


@given(
    arbitrary.OPTIONS,
    arbitrary.swarms(),
    arbitrary.CIRCUMSTANCES,
    st.lists(
        st.tuples(st.sampled_from(["later", "until", "recheck"]), st.sampled_from([-1e-4, 0.0, 0.002, 1.0, 30.0]))
    ),
)
def test_nor_around_the_very_moments_at_which_time_changes_something(
    options: Options, swarm: Snapshot, circumstances: Circumstances, steps: list[tuple[str, float]]
) -> None:
    wanted = Service("web", "app", "web", swarm.services["web"].spec, options=options)
    now, passes = swarm.at, [(swarm, circumstances, 0.0)]
    for what, off in steps:
        judgement, validity = judge_for_now(wanted, replace(swarm, at=now), circumstances)
        moment = {"later": now, "until": validity.until, "recheck": judgement.recheck_at or now}[what] + off
        if now <= moment < inf:
            passes.append((swarm, circumstances, moment - now))
            now = moment
    check(wanted, passes)


def test_of_a_service_that_lacks_what_another_has_it_is_told_which_one_that_is_now() -> None:
    port = {"EndpointSpec": {"Ports": [{"PublishedPort": 80, "PublishMode": "host"}]}}
    mine = swarm(task(30, TaskState.PENDING, node_id="", error="no suitable node"), written={**spec(), **port})

    def beside(name: str) -> Snapshot:
        other = observed.Service(name, name, 3, {**spec(), **port, "Name": name})
        its = {name: (task(100, service_id=name),)}
        return replace(mine, services={**mine.services, name: other}, tasks={**mine.tasks, name: its[name]})

    check(WANTED[0], [(beside("one"), Circumstances(), 0.0), (beside("two"), Circumstances(), 1.0)])


def check(wanted: Service, passes: list[tuple[Snapshot, Circumstances, float]]) -> None:
    judgements, now = Judgements(), SWARMS[0].at
    for snapshot, circumstances, later in passes:
        now += later
        seen = replace(snapshot, at=now)
        judgements.under(seen)
        remembered = judgements.of(wanted, seen, circumstances)
        fresh = judge(wanted, seen, circumstances)
        assert (remembered.task_age or 0.0) == pytest.approx(fresh.task_age or 0.0)
        assert (remembered.recheck_at or 0.0) == pytest.approx(fresh.recheck_at or 0.0)
        assert replace(remembered, task_age=None, recheck_at=None) == replace(fresh, task_age=None, recheck_at=None)


@pytest.mark.parametrize(
    "swarm", [SWARMS[7], replace(SWARMS[4], at=NOW + 1000)], ids=["scaled to 0", "no node, past every deadline"]
)
def test_of_a_service_at_rest_the_same_judgement_is_given_again(swarm: Snapshot) -> None:
    judgements = Judgements()
    judgements.under(swarm)
    first = judgements.of(WANTED[0], swarm, Circumstances())
    assert judgements.of(WANTED[0], replace(swarm, at=swarm.at + 1), Circumstances()) is first
