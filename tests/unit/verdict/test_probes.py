"""Probes, where the image has no health check."""

from __future__ import annotations

from typing import Any

from reconciler.desired.model import Probe
from reconciler.observed.model import Probed
from reconciler.verdict.model import Judgement, Verdict
from tests.unit.verdict.watched import NOW, judged, swarm, task
from tests.unit.words import reason

PROBE = Probe(tcp=80)


def probed(age: float, result: Probed | None, **options: Any) -> Judgement:
    one = task(age)
    known = {one.id: result} if result else {}
    return judged(swarm(one, updated_at=NOW - age - 1, probed=known), probe=PROBE, **options)


def test_a_task_with_a_probe_is_ready_once_it_passes() -> None:
    judgement = probed(60, None)
    assert (judgement.verdict, judgement.running, judgement.ready) == (Verdict.PROGRESSING, 1, 0)
    assert reason(judgement) == "1/1 running; the probe (tcp 80) of slot 1 hasn't passed: not tried yet"
    assert not judgement.healthy
    assert judgement.started
    judgement = probed(60, Probed(True, ever=True))
    assert (judgement.verdict, judgement.ready, judgement.healthy) == (Verdict.READY, 1, True)
    young = probed(1, Probed(True, ever=True))
    assert (young.verdict, young.healthy) == (Verdict.PROGRESSING, True)


def test_a_probe_that_never_passes_is_degraded_after_ready_timeout() -> None:
    refused = Probed(False, "Connection refused")
    judgement = probed(60, refused, ready_timeout=61)
    assert (judgement.verdict, judgement.recheck_at) == (Verdict.PROGRESSING, NOW + 1)
    judgement = probed(60, refused, ready_timeout=60)
    words = "its probe (tcp 80) hasn't passed within 60 s: Connection refused"
    assert (judgement.verdict, reason(judgement)) == (Verdict.DEGRADED, f"slot 1: {words}")
    assert judgement.error is not None
    assert judgement.error.startswith("task web.1 (t1-60) on host1: ")
    assert "Connection refused" in judgement.error
    assert judgement.suspect == "t1-60"


def test_a_probe_that_fails_after_it_passed_is_degraded_at_once() -> None:
    judgement = probed(60, Probed(False, "status 503", ever=True))
    assert (judgement.verdict, reason(judgement)) == (Verdict.DEGRADED, "slot 1: its probe (tcp 80) fails: status 503")
    assert not judgement.healthy


def test_where_nobody_can_try_the_probe_age_decides_and_that_is_said() -> None:
    blind = Probed(None, "it is on another node")
    judgement = probed(60, blind)
    assert judgement.verdict is Verdict.READY
    assert reason(judgement) == "1/1 running; its probe can't be tried, so that age decides: it is on another node"
    assert not probed(1, blind).healthy, "nothing has vouched for it yet"
