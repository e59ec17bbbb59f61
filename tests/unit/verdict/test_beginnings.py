"""Since when services are as they are."""

from __future__ import annotations

from reconciler.causes.cause import Cause
from reconciler.verdict.beginnings import Beginnings
from reconciler.verdict.model import Judgement, Verdict


def web(verdict: Verdict, cause: Cause) -> dict[str, Judgement]:
    return {"web": Judgement("web", "shop", verdict, "", cause=cause)}


def since(beginnings: Beginnings, judged: dict[str, Judgement], now: float) -> float | None:
    return beginnings.dated(judged, now)["web"].since


def test_what_begins_while_we_look_has_its_time_and_what_was_so_before_has_none() -> None:
    beginnings = Beginnings()
    starting = web(Verdict.PROGRESSING, Cause.STARTING)
    looping, exhausted = web(Verdict.DEGRADED, Cause.CRASH_LOOP), web(Verdict.DEGRADED, Cause.ATTEMPTS_EXHAUSTED)
    assert since(beginnings, starting, 10.0) is None
    assert since(beginnings, starting, 11.0) is None
    assert since(beginnings, looping, 12.0) == 12.0
    assert since(beginnings, looping, 13.0) == 12.0
    assert since(beginnings, exhausted, 14.0) == 14.0
    assert beginnings.dated({}, 15.0) == {}
    assert since(beginnings, exhausted, 16.0) is None
