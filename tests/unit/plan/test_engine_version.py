"""Keys that the engine is too old for."""

from __future__ import annotations

from dataclasses import replace

from reconciler.desired.model import Location, Need, Service
from reconciler.observed.model import Snapshot
from tests.unit.plan.world import EMPTY, ENGINE, after, planned, service, stack

AT = Location("app.yaml", 3, 5)
WITHOUT = ("TaskTemplate", "ContainerSpec", "Healthcheck", "StartInterval")
NEED = Need("services.web.healthcheck.start_interval", (1, 44), "25.0", AT, WITHOUT)
NEWER = replace(EMPTY, engine=replace(ENGINE, version="28.5", api_version="1.51"))


def checked(need: Need = NEED) -> Service:
    check = {"Test": ["CMD", "true"], "StartInterval": 10**9}
    return replace(service(Healthcheck=check), needs=(need,))


def written(snapshot: Snapshot) -> dict[str, object]:
    plan = planned([stack(checked())], snapshot)
    assert not planned([stack(checked())], after(plan, snapshot))
    spec = next(action.spec for action in plan.actions if action.name == "app_web")
    assert spec is not None
    check: dict[str, object] = spec["TaskTemplate"]["ContainerSpec"]["Healthcheck"]
    return check


def test_a_service_runs_without_a_key_that_the_engine_doesnt_know_and_a_warning_says_so() -> None:
    assert written(EMPTY) == {"Test": ["CMD", "true"]}
    assert written(NEWER) == {"Test": ["CMD", "true"], "StartInterval": 10**9}
    (warning,) = planned([stack(checked())]).warnings
    assert str(warning) == (
        "app.yaml:3:5: services.web.healthcheck.start_interval isn't honoured: it needs engine 25.0 "
        "(the engine here is 20.10.24, and the service runs without it)"
    )
    assert planned([stack(checked())], NEWER).warnings == ()


def test_an_upgraded_engine_gets_the_key() -> None:
    old = after(planned([stack(checked())]), EMPTY)
    plan = planned([stack(checked())], replace(old, engine=NEWER.engine))
    assert [change.path for action in plan.actions for change in action.changes] == ["healthcheck.start_interval"]


def test_a_warning_that_is_accepted_isnt_given() -> None:
    assert planned([stack(checked(replace(NEED, accepted=True)))]).warnings == ()


def test_an_object_with_nothing_else_in_it_goes_too() -> None:
    alone = replace(service(Healthcheck={"StartInterval": 1}), needs=(NEED,))
    plan = planned([stack(alone)])
    spec = next(action.spec for action in plan.actions if action.name == "app_web")
    assert spec is not None
    assert "Healthcheck" not in spec["TaskTemplate"]["ContainerSpec"]
