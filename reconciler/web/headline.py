"""One line that says how the platform is: the verdict, how many are ready, and who is in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.causes.cause import Cause
from reconciler.records import dataclass
from reconciler.verdict.model import Judgement, Verdict
from reconciler.web.shown_services import BAD, GOOD, labels, look
from reconciler.web.view import View

NAMED = 3
"""So many services are named."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """A service that isn't well: what it is, in words, and whom it holds back."""

    name: str
    label: str
    words: str
    holds: tuple[tuple[str, str], ...]
    """Names and labels."""


@dataclass(frozen=True, slots=True)
class Headline:
    """``more`` counts the culprits that aren't named. ``engine_error`` is empty where the engine answers."""

    verdict: str
    look: str
    ready: int
    services: int
    culprits: tuple[Culprit, ...]
    more: int
    moving: int
    waiting: int
    engine_error: str
    broken: int
    """Files that don't load."""
    consent: str
    standby: str
    empty: bool


WORDS: Mapping[Cause, str] = {
    Cause.CRASH_LOOP: "is crash-looping",
    Cause.ROLLED_BACK: "was rolled back",
    Cause.ROLLOUT_PAUSED: "has a paused rollout",
    Cause.NO_PROGRESS: "makes no progress",
    Cause.IMAGE_UNAVAILABLE: "can't get its image",
    Cause.IMAGE_REFUSED: "may not pull its image",
    Cause.UNHEALTHY: "is unhealthy",
    Cause.PROBE_FAILING: "fails its probe",
    Cause.OUT_OF_MEMORY: "runs out of memory",
    Cause.NO_SUITABLE_NODE: "has no suitable node",
    Cause.CONSTRAINT_UNMET: "has no suitable node",
    Cause.INSUFFICIENT_RESOURCES: "has no node with room for it",
    Cause.PORT_TAKEN: "has its port taken",
    Cause.WRITE_REFUSED: "can't be written",
}


def headline(view: View) -> Headline:
    """Return the headline of a view."""
    report = view.report
    judged = report.judgements
    bad = [name for name, each in judged.items() if each.verdict in BAD]
    names = labels(view)
    return Headline(
        verdict=str(report.verdict),
        look=look(report.verdict),
        ready=sum(each.verdict in GOOD for each in judged.values()),
        services=len(judged),
        culprits=tuple(_culprit(judged[name], judged, names) for name in bad[:NAMED]),
        more=max(0, len(bad) - NAMED),
        moving=_count(judged.values(), (Verdict.PROGRESSING, Verdict.MISSING)),
        waiting=_count(judged.values(), (Verdict.WAITING,)),
        engine_error=report.engine_error,
        broken=len({fault.file for fault in report.faults}),
        consent=report.plan.needs_consent,
        standby=report.standby,
        empty=report.empty,
    )


def _count(judged: Iterable[Judgement], verdicts: Sequence[Verdict]) -> int:
    return sum(each.verdict in verdicts for each in judged)


def _culprit(judgement: Judgement, judged: Mapping[str, Judgement], names: Mapping[str, str]) -> Culprit:
    held = [
        each.name
        for each in judged.values()
        if each.cause is Cause.DEPENDENCY_NOT_READY and each.facts.object == judgement.name
    ]
    words = WORDS.get(judgement.cause) or f"is {judgement.verdict} ({judgement.cause})"
    return Culprit(
        judgement.name,
        names.get(judgement.name, judgement.name),
        words,
        tuple((name, names.get(name, name)) for name in held[:NAMED]),
    )
