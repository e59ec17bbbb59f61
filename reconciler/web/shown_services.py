"""Services as the page shows them in the graph and in the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.causes.cause import Cause
from reconciler.clock import on_the_wall
from reconciler.desired.images import split
from reconciler.desired.model import Spec
from reconciler.records import dataclass
from reconciler.spec.paths import get, mode
from reconciler.verdict.model import Judgement, Verdict
from reconciler.web.view import View

GOOD = frozenset({Verdict.READY, Verdict.COMPLETED})
BAD = frozenset({Verdict.DEGRADED, Verdict.ROLLED_BACK})
NONE = "none"
"""How the page calls the verdict of what no file desires."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One service. ``label`` is what people call it, ``line`` what is most worth knowing, ``look`` its CSS class."""

    name: str
    stack: str
    key: str
    verdict: str
    look: str
    cause: str
    reason: str
    line: str
    image: str
    done: int
    """Slots that are ready; of a job, those that ran to their end."""
    desired: int
    suspended: bool
    since: float | None

    @property
    def label(self) -> str:
        return label(self.stack, self.key)

    @property
    def count(self) -> str:
        return f"{self.done}/{self.desired}" if self.verdict else ""

    @property
    def percent(self) -> int:
        if self.desired == 0:
            return 100 if self.verdict in GOOD else 0
        return min(100, 100 * self.done // self.desired)

    @property
    def said(self) -> str:
        """All of it in one line, for who can't see the drawing."""
        suspended = ", suspended" if self.suspended else ""
        return f"{self.label}: {self.verdict or 'not desired'}, {self.count or 'no'} ready{suspended}; {self.reason}"


def label(stack: str, key: str) -> str:
    """Return STACK/SERVICE, or the service's name where it has no stack."""
    return f"{stack}/{key}" if stack else key


def look(verdict: Verdict | str | None) -> str:
    """Return the CSS class of a verdict."""
    return str(verdict).lower() if verdict else NONE


def labels(view: View) -> Mapping[str, str]:
    """Return what people call each service, by Swarm name."""
    return {each.name: label(each.stack, each.key) for each in view.named}


def shown_services(view: View) -> tuple[Shown, ...]:
    """Return every service that is desired or there, by stack and name."""
    return tuple(_all(view))


def _all(view: View) -> Iterator[Shown]:
    names = labels(view)
    for named in view.named:
        judgement = view.report.judgements.get(named.name)
        spec = _spec(view, named.name)
        image = split(str(get(spec, ("TaskTemplate", "ContainerSpec", "Image")) or ""))[0]
        job = mode(spec).endswith("job") if spec else False
        yield Shown(
            name=named.name,
            stack=named.stack,
            key=named.key,
            verdict=str(judgement.verdict) if judgement else "",
            look=look(judgement.verdict if judgement else None),
            cause=str(judgement.cause) if judgement else "",
            reason=judgement.reason if judgement else "no file desires it",
            line=_line(judgement, names, "job" if job else brief(image)),
            image=image,
            done=_done(judgement) if judgement else 0,
            desired=(judgement.desired or _replicas(spec)) if judgement else 0,
            suspended=judgement.suspended if judgement else False,
            since=_since(judgement),
        )


def _spec(view: View, name: str) -> Spec:
    if name in view.services:
        return view.services[name].spec
    found = view.snapshot.services.get(name) if view.snapshot else None
    return found.spec if found else {}


def _replicas(spec: Spec) -> int:
    """How many tasks a service wants that isn't there yet, as far as its spec tells."""
    wanted = get(spec, ("Mode", "Replicated", "Replicas"))
    return wanted if isinstance(wanted, int) else 1


def _done(judgement: Judgement) -> int:
    return judgement.desired if judgement.verdict is Verdict.COMPLETED else judgement.ready


def _since(judgement: Judgement | None) -> float | None:
    return on_the_wall(judgement.since) if judgement and judgement.since is not None else None


def brief(image: str) -> str:
    """Return an image without its registry and folders."""
    return image.rpartition("/")[2]


def _line(judgement: Judgement | None, names: Mapping[str, str], usual: str) -> str:
    if judgement is None:
        return "not desired"
    if judgement.suspended:
        return "suspended"
    facts, counts = judgement.facts, f"{judgement.running}/{judgement.desired}"
    match judgement.verdict:
        case Verdict.READY | Verdict.COMPLETED:
            return usual
        case Verdict.PROGRESSING:
            return f"{counts} {'updated' if judgement.cause is Cause.ROLLING_OUT else 'running'}"
        case Verdict.WAITING if judgement.cause is Cause.DEPENDENCY_NOT_READY:
            return f"waits for {names.get(facts.object, facts.object).rpartition('/')[2]}"
        case _:
            return str(judgement.cause)
