"""Published ports that go from one service to another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.causes.cause import Cause
from reconciler.desired.model import Service, Spec
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot
from reconciler.plan.model import Action, Key, Kind, Plan
from reconciler.plan.ports import published
from tests.unit.plan.world import EMPTY, RULES, after, planned, running, service, stack, summary
from tests.unit.words import blocked

NAMES = ("app_a", "app_b", "app_c", "app_d")


def with_ports(name: str, *numbers: int, mode: str = "ingress", order: str = "stop-first") -> Service:
    ports: list[dict[str, Any]] = [
        {"TargetPort": 80, "PublishedPort": number, "PublishMode": mode} for number in numbers
    ]
    made = service(name)
    return replace(made, spec={**made.spec, "EndpointSpec": {"Ports": ports}, "UpdateConfig": {"Order": order}})


def numbers(spec: Spec | None) -> list[int]:
    return sorted(number for _, number in published(spec))


def to_the_end(wanted: list[Service], swarm: Snapshot, passes: int = 6) -> tuple[list[Plan], Snapshot]:
    plans: list[Plan] = []
    for _ in range(passes):
        plan = planned([stack(*wanted)], swarm)
        if not plan:
            return plans, swarm
        _no_port_twice(plan, swarm)
        plans.append(plan)
        swarm = after(plan, swarm)
    raise AssertionError(f"still to do: {[summary(plan) for plan in plans]}")


def _awaited(action: Action) -> frozenset[Key]:
    """What has to be over, or Ready, before ``action``."""
    return action.after | {Key(Kind.SERVICE, each.service) for each in action.depends_on}


def _no_port_twice(plan: Plan, swarm: Snapshot) -> None:
    """In every order that ``after`` allows Swarm takes every write."""
    there = {name: set(published(each.spec)) for name, each in swarm.services.items()}
    left = {action.key: action for action in plan.actions}
    while left:
        ready = [action for action in left.values() if not _awaited(action) & left.keys()]
        assert ready, "a cycle"
        for action in ready:  # the one that others have to wait for comes last
            others = {port for name, ports in there.items() if name != action.name for port in ports}
            if action.kind is Kind.SERVICE:
                assert not set(published(action.spec)) & others, (summary(plan), action.name)
        for action in ready:
            there[action.name] = set(published(action.spec)) if action.kind is Kind.SERVICE else set()
            del left[action.key]


@pytest.mark.parametrize(
    ("mode", "order"), [("ingress", "stop-first"), ("ingress", "start-first"), ("host", "start-first")]
)
def test_of_two_that_swap_ports_one_gives_its_own_up_first(mode: str, order: str) -> None:
    def at(first: int, second: int) -> list[Service]:
        return [with_ports("app_a", first, mode=mode, order=order), with_ports("app_b", second, mode=mode, order=order)]

    swarm = running(stack(*at(8080, 8081)))
    plans, end = to_the_end(at(8081, 8080), swarm)
    assert [(each.name, numbers(each.spec)) for each in plans[0].actions] == [("app_a", []), ("app_b", [8080])]
    assert [(each.name, numbers(each.spec)) for each in plans[1].actions] == [("app_a", [8081])]
    assert [numbers(each.spec) for each in end.services.values()] == [[8081], [8080]]


def test_host_ports_that_are_swapped_stop_first_need_no_step() -> None:
    swarm = running(stack(with_ports("app_a", 80, mode="host"), with_ports("app_b", 81, mode="host")))
    plan = planned([stack(with_ports("app_a", 81, mode="host"), with_ports("app_b", 80, mode="host"))], swarm)
    assert [numbers(each.spec) for each in plan.actions] == [[81], [80]]


def test_a_port_goes_from_one_that_leaves_to_one_that_is_new() -> None:
    swarm = running(stack(with_ports("app_a", 8080), service("app_x"), service("app_y")))
    wanted = [with_ports("app_b", 8080), service("app_x"), service("app_y")]
    plan = planned([stack(*(replace(each, spec=each.spec) for each in wanted))], swarm)
    create = next(action for action in plan.actions if action.name == "app_b")
    assert Key(Kind.SERVICE, "app_a") in create.after


def test_one_that_leaves_goes_first_where_its_port_is_what_its_successor_waits_for() -> None:
    swarm = running(stack(with_ports("app_a", 1), with_ports("app_b", 2), with_ports("app_c", 3)))
    wanted = [with_ports("app_b", 1), with_ports("app_d", 2), with_ports("app_c", 3)]
    plans, end = to_the_end(wanted, swarm)
    (created,) = [action for action in plans[0].actions if action.name == "app_d"]
    assert created.notes == ("takes the place of app_a, which stops first: another service gets its port 1",)
    assert {name: numbers(found.spec) for name, found in end.services.items()} == {
        "app_b": [1],
        "app_c": [3],
        "app_d": [2],
    }


def test_a_port_of_somebody_else_is_named_before_it_is_tried() -> None:
    alien = observed.Service("id-x", "alien", 1, with_ports("alien", 8080).spec)
    plan = planned([stack(with_ports("app_a", 8080))], replace(EMPTY, services={"alien": alien}))
    assert blocked(plan)["app_a"].startswith("port 8080/tcp is already in use by service alien, which isn't ours")
    assert plan.holds[Key(Kind.SERVICE, "app_a")].cause is Cause.PORT_TAKEN


def test_of_two_new_ones_with_the_same_port_the_first_gets_it() -> None:
    plan = planned([stack(with_ports("app_a", 8080), with_ports("app_b", 8080))])
    assert "create service app_a" in summary(plan)
    assert blocked(plan) == {"app_b": "port 8080 is published by app_a too: one of them needs another port"}


def test_a_port_of_a_service_whose_removal_waits_is_not_taken_from_it() -> None:
    swarm = running(stack(with_ports("app_a", 8080), service("app_x")))
    plan = planned([stack(service("app_x"), with_ports("app_b", 8080))], swarm, replace(RULES, complete=False))
    assert "nothing is removed while a file doesn't load" in blocked(plan)["app_b"]


@given(st.permutations(range(4)), st.permutations(range(4)))
def test_any_permutation_of_ports_ends_and_never_publishes_one_twice(before: list[int], now: list[int]) -> None:
    swarm = running(stack(*(with_ports(name, 8000 + at) for name, at in zip(NAMES, before, strict=True))))
    _, end = to_the_end([with_ports(name, 8000 + at) for name, at in zip(NAMES, now, strict=True)], swarm)
    assert [numbers(end.services[name].spec) for name in NAMES] == [[8000 + at] for at in now]
