"""What needs a person: each with its cause, the evidence, and the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from reconciler.causes.cause import Cause
from reconciler.desired.suspension import Suspension
from reconciler.errors import Fault
from reconciler.plan.holds import Hold
from reconciler.plan.model import Key
from reconciler.records import dataclass
from reconciler.status.advice import what_to_do
from reconciler.verdict.model import Judgement
from reconciler.web.shown_services import BAD, labels, look

if TYPE_CHECKING:
    from reconciler.web.view import View

MOST, LINES = 20, 6
"""Cards, and lines of evidence in one."""


@dataclass(frozen=True, slots=True)
class Card:
    """``service`` is the Swarm name of what it links to, empty for none; ``link`` is a path of the page."""

    look: str
    title: str
    cause: str
    words: str
    evidence: str = ""
    next: str = ""
    service: str = ""
    link: tuple[str, str] | None = None
    """Its words, and its path."""


def attention(view: View) -> tuple[tuple[Card, ...], int]:
    """Return what needs attention, the worst first, and how many more there are."""
    found = list(_makers(view))
    return tuple(make() for make in found[:MOST]), max(0, len(found) - MOST)


def _makers(view: View) -> Iterator[Callable[[], Card]]:
    """Yield a way to make each card: only those that are shown are made."""
    report = view.report
    if report.engine_error:
        yield partial(_of_engine, report.engine_error)
    if report.absence:
        yield partial(_of_absence, report.absence.why)
    yield from (partial(_of_fault, fault) for fault in report.faults)
    if report.plan.needs_consent:
        yield partial(_of_consent, view)
    bad = sorted((each for each in report.judgements.values() if each.verdict in BAD), key=lambda each: each.verdict)
    yield from (partial(_of_service, view, judgement) for judgement in bad)
    pending = sorted(report.plan.pending.items())
    yield from (partial(_of_hold, view, *each) for each in pending if each[1].cause is not Cause.AWAITING_CONSENT)
    yield from (
        partial(_of_suspension, f"stack {name}", why, "") for name, why in sorted(report.suspensions.stacks.items())
    )
    names = labels(view)
    for name, why in sorted(report.suspensions.services.items()):
        yield partial(_of_suspension, names.get(name, name), why, name if name in names else "")


def _of_engine(error: str) -> Card:
    last = "What is below was last seen before that."
    return Card("unknown", "The engine can't be asked", str(Cause.ENGINE_UNAVAILABLE), error, next=last)


def _of_absence(why: str) -> Card:
    return Card("degraded", "Desired state is missing", "", why, next="The last good state stays in force.")


def _of_fault(fault: Fault) -> Card:
    place = f"{fault.file}:{fault.line}:{fault.column}" if fault.line else fault.file
    return Card("degraded", place, str(Cause.FILE_BROKEN), fault.message, next=fault.hint)


def _of_consent(view: View) -> Card:
    plan = view.report.plan
    count = sum(hold.cause is Cause.AWAITING_CONSENT for hold in plan.holds.values())
    title = f"{count} change{'' if count == 1 else 's'} held" if count else "A change is held"
    return Card(
        "waiting", title, str(Cause.AWAITING_CONSENT), plan.needs_consent, link=("Review the list", "/plan#consent")
    )


def _of_service(view: View, judgement: Judgement) -> Card:
    named = next((each for each in view.named if each.name == judgement.name), None)
    case = view.case(named) if named else None
    advice = [view.redactor.text(said, judgement.name) for said in what_to_do(case)] if case else []
    said = judgement.error if judgement.error not in {judgement.reason, judgement.facts.said} else ""
    return Card(
        look(judgement.verdict),
        labels(view).get(judgement.name, judgement.name),
        str(judgement.cause),
        judgement.reason,
        evidence="\n".join((said or "").splitlines()[-LINES:]),
        next=advice[0] if advice else "",
        service=judgement.name,
    )


def _of_hold(view: View, key: Key, hold: Hold) -> Card:
    there = key.kind == "service" and key.name in labels(view)
    service = key.name if there else ""
    return Card("waiting", str(key), str(hold.cause), hold.words, service=service, link=("See the plan", "/plan"))


def _of_suspension(title: str, why: Suspension, service: str) -> Card:
    by_file = why.since is None and not why.by
    hint = (
        "A file asks for it: `suspend` in `x-reconciler`." if by_file else "Nothing is written there until it resumes."
    )
    return Card("completed", title, str(Cause.SUSPENDED), str(why), next=hint, service=service)
