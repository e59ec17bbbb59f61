"""Prometheus metrics, made from the last view when they are scraped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    StateSetMetricFamily,
)

from reconciler.verdict.model import Judgement, Verdict
from reconciler.web.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.observed.model import Snapshot
    from reconciler.status.report import Report
    from reconciler.web.view import View

SERVICE = ("stack", "service")
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds."""


class Counts:
    """What is counted over the life of this process."""

    def __init__(self) -> None:
        self.passes = 0
        self.seconds = 0.0
        self.buckets = [0] * len(BUCKETS)
        self.actions: dict[tuple[str, str, str], int] = {}
        self.wakes: dict[str, int] = {}

    def add(self, report: Report) -> None:
        """Count a pass."""
        self.passes += 1
        self.seconds += report.took
        for place, bucket in enumerate(BUCKETS):
            self.buckets[place] += report.took <= bucket
        for outcome in report.outcomes:
            key = str(outcome.action.kind), str(outcome.action.verb), str(outcome.result)
            self.actions[key] = self.actions.get(key, 0) + 1
        for wake in {kind_of(each) for each in report.wakes}:
            self.wakes[wake] = self.wakes.get(wake, 0) + 1


def kind_of(wake: str) -> str:
    """Return the kind of a reason for a pass: reasons name files and objects, and a label must not."""
    for kind, words in _KINDS:
        if any(word in wake for word in words):
            return kind
    return "other"


_KINDS = (
    ("timer", ("timer",)),
    ("start", ("start",)),
    ("trigger", ("trigger", "SIGHUP", "reload")),
    ("files", (".yaml", ".yml", ".env", "desired", "HEAD")),
    ("probe", ("probe",)),
    ("lease", ("lease",)),
    ("engine", ("service", "container", "node", "network", "config", "secret", "engine")),
)


class Metrics:
    """A collector over the last view."""

    def __init__(self, feed: Feed, counts: Counts) -> None:
        self._feed = feed
        self._counts = counts
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield every family, in an order that never changes."""
        yield from self._of_passes()
        yield GaugeMetricFamily("reconciler_event_readers", "Readers that follow the events.", self._feed.readers)
        view = self._feed.latest
        if view is None:
            return
        yield from _of_the_whole(view)
        yield from _of_services(view.report.judgements, view.snapshot)

    def _of_passes(self) -> Iterator[Metric]:
        counts = self._counts
        buckets = [(f"{bucket:g}", float(count)) for bucket, count in zip(BUCKETS, counts.buckets, strict=True)]
        yield HistogramMetricFamily(
            "reconciler_pass_duration_seconds",
            "Time that passes took.",
            buckets=[*buckets, ("+Inf", float(counts.passes))],
            sum_value=counts.seconds,
        )
        actions = CounterMetricFamily(
            "reconciler_actions", "Actions on objects of the Swarm.", labels=("kind", "verb", "result")
        )
        for key, count in sorted(counts.actions.items()):
            actions.add_metric(key, count)
        yield actions
        wakes = CounterMetricFamily("reconciler_wakes", "Reasons for passes.", labels=("reason",))
        for reason, count in sorted(counts.wakes.items()):
            wakes.add_metric((reason,), count)
        yield wakes


def _of_the_whole(view: View) -> Iterator[Metric]:
    report, plan = view.report, view.report.plan
    yield _verdicts("reconciler_verdict", "Verdict of the whole platform.", (), [((), report.verdict)])
    yield GaugeMetricFamily("reconciler_engine_up", "Whether the engine could be asked.", not report.engine_error)
    yield GaugeMetricFamily("reconciler_last_pass_timestamp_seconds", "When the last pass began.", report.at)
    yield GaugeMetricFamily("reconciler_leader", "Whether this process may act.", not report.standby)
    yield GaugeMetricFamily("reconciler_desired_faults", "Faults in desired state.", len(report.faults))
    yield GaugeMetricFamily("reconciler_held", "Differences that are left alone.", len(plan.holds))
    waiting = sum(str(hold.cause) == "AwaitingConsent" for hold in plan.holds.values())
    yield GaugeMetricFamily("reconciler_removals_waiting", "Differences that wait for consent.", waiting)
    size = (
        sum(len(str(each.spec)) for name, each in view.snapshot.configs.items() if "-history-" in name)
        if (view.snapshot)
        else 0
    )
    yield GaugeMetricFamily("reconciler_history_size_bytes", "Size of the history in the Swarm.", size)


def _of_services(judgements: Mapping[str, Judgement], snapshot: Snapshot | None) -> Iterator[Metric]:
    judged = [((each.stack, name), each) for name, each in judgements.items()]
    yield _verdicts("reconciler_service_verdict", "Verdict of a service.", SERVICE, [(k, j.verdict) for k, j in judged])
    cause = GaugeMetricFamily("reconciler_service_cause", "Cause of a service's verdict.", labels=(*SERVICE, "cause"))
    desired = GaugeMetricFamily("reconciler_service_desired_tasks", "Tasks that are desired.", labels=SERVICE)
    running = GaugeMetricFamily("reconciler_service_running_tasks", "Tasks that run the current spec.", labels=SERVICE)
    ready = GaugeMetricFamily("reconciler_service_ready_tasks", "Tasks that are ready.", labels=SERVICE)
    suspended = GaugeMetricFamily("reconciler_service_suspended", "Whether nothing is written to it.", labels=SERVICE)
    age = GaugeMetricFamily(
        "reconciler_service_task_age_seconds", "Age of the youngest task that counts.", labels=SERVICE
    )
    for labels, each in judged:
        cause.add_metric((*labels, str(each.cause)), 1)
        desired.add_metric(labels, each.desired)
        running.add_metric(labels, each.running)
        ready.add_metric(labels, each.ready)
        suspended.add_metric(labels, each.suspended)
        if each.task_age is not None:
            age.add_metric(labels, each.task_age)
    yield from (cause, desired, running, ready, suspended, age)
    if snapshot:
        yield _restarts(judgements, snapshot)


def _restarts(judgements: Mapping[str, Judgement], snapshot: Snapshot) -> Metric:
    family = GaugeMetricFamily(
        "reconciler_service_failed_tasks", "Tasks that failed, as far as Swarm remembers them.", labels=SERVICE
    )
    for name, each in judgements.items():
        found = snapshot.services.get(name)
        tasks = snapshot.tasks.get(found.id, ()) if found else ()
        family.add_metric((each.stack, name), sum(task.state in {"failed", "rejected"} for task in tasks))
    return family


def _verdicts(
    name: str, words: str, labels: tuple[str, ...], found: list[tuple[tuple[str, ...], Verdict]]
) -> StateSetMetricFamily:
    family = StateSetMetricFamily(name, words, labels=labels)
    for values, verdict in found:
        family.add_metric(values, {str(each): each is verdict for each in Verdict})
    return family
