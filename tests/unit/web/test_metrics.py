"""Metrics: names and numbers as Prometheus reads them."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic

from reconciler.observed.model import TaskState
from reconciler.status.report import Report
from reconciler.web.metrics import kind_of
from tests.unit.web.site import Site, site
from tests.unit.web.world import report, shop


def value(made: Site, name: str, **labels: str) -> float:
    for family in classic(made.get("/metrics").body.decode()):
        for sample in family.samples:
            if sample.name == name and all(sample.labels.get(key) == text for key, text in labels.items()):
                return float(sample.value)
    raise AssertionError(f"no {name} with {labels}")


def test_services_are_counted_as_status_has_them() -> None:
    with site() as made:
        wanted, swarm = shop()
        made.show(report(wanted, swarm, took=0.3, wakes=("timer",)), swarm, [wanted])
        status = made.get("/api/v1/status").json
        for service in status["services"]:
            labels = {"stack": service["stack"], "service": service["name"]}
            assert value(made, "reconciler_service_ready_tasks", **labels) == service["ready"]
            assert value(made, "reconciler_service_desired_tasks", **labels) == service["desired"]
            verdict = {"reconciler_service_verdict": service["verdict"]}
            assert value(made, "reconciler_service_verdict", **labels, **verdict) == 1.0
        assert value(made, "reconciler_pass_duration_seconds_count") == 1.0
        assert value(made, "reconciler_pass_duration_seconds_bucket", le="0.25") == 0.0
        assert value(made, "reconciler_pass_duration_seconds_bucket", le="0.5") == 1.0
        assert value(made, "reconciler_wakes_total", reason="timer") == 1.0
        assert value(made, "reconciler_engine_up") == 1.0


def test_an_engine_that_is_down_and_tasks_that_failed_show() -> None:
    with site() as made:
        wanted, swarm = shop(state=TaskState.FAILED)
        made.show(report(wanted, swarm), swarm, [wanted])
        assert value(made, "reconciler_service_failed_tasks", service="app_web") == 1.0
        made.show(Report(2, 1000.0, engine_error="gone"), swarm, [wanted])
        assert value(made, "reconciler_engine_up") == 0.0


def test_it_answers_before_the_first_pass_and_in_openmetrics() -> None:
    with site() as made:
        assert made.get("/metrics").status == 200
        wanted, swarm = shop()
        made.show(report(wanted, swarm), swarm, [wanted])
        found = made.get("/metrics", accept="application/openmetrics-text; version=1.0.0")
        assert found.headers["content-type"].startswith("application/openmetrics-text")
        names = {family.name for family in openmetrics(found.body.decode())}
        assert {"reconciler_service_verdict", "reconciler_actions", "reconciler_pass_duration_seconds"} <= names


@pytest.mark.parametrize(
    ("wake", "kind"),
    [
        ("timer", "timer"),
        ("start", "start"),
        ("SIGHUP", "trigger"),
        ("desired/shop.yaml changed", "files"),
        ("service shop_web update", "engine"),
        ("lease taken over", "lease"),
        ("probe of shop_web fails", "probe"),
        ("whatever", "other"),
    ],
)
def test_a_reason_becomes_one_of_few_labels(wake: str, kind: str) -> None:
    assert kind_of(wake) == kind
