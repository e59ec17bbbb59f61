"""Choice of the services that a table shows, and the count of those that it leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reconciler.records import dataclass
from reconciler.verdict.model import Judgement, Verdict

FEW = 20
"""Number of services up to which ``status`` shows all of them without being asked."""
GOOD = (Verdict.READY, Verdict.COMPLETED)


@dataclass(frozen=True, slots=True)
class Rows:
    """Services that a table shows, and a line about those that it leaves out; empty for none."""

    shown: tuple[Judgement, ...]
    rest: str = ""


def everything(judged: Iterable[Judgement]) -> Rows:
    return Rows(tuple(judged))


def of_status(judged: Iterable[Judgement], *, everything: bool = False) -> Rows:
    """Return all services if they are few, or else those that aren't as they should be."""
    listed = tuple(judged)
    if everything or len(listed) <= FEW:
        return Rows(listed)
    shown = tuple(each for each in listed if not _is_well(each))
    left_out = Counter(each.verdict for each in listed if _is_well(each))
    return Rows(shown, _with_hint(", ".join(f"{_services(count)} {verdict}" for verdict, count in left_out.items())))


def of_changes(judged: Iterable[Judgement], changed: Iterable[str], *, everything: bool = False) -> Rows:
    """Return the services that changed (by Swarm name), and those that aren't as they should be."""
    listed, names = tuple(judged), frozenset(changed)
    shown = tuple(each for each in listed if everything or each.name in names or not _is_well(each))
    left_out = len(listed) - len(shown)
    return Rows(shown, _with_hint(f"{_services(left_out)} unchanged" if left_out else ""))


def _is_well(judgement: Judgement) -> bool:
    return judgement.verdict in GOOD and not judgement.suspended


def _services(count: int) -> str:
    return f"{count} service" if count == 1 else f"{count} services"


def _with_hint(said: str) -> str:
    return f"{said}" if said else ""
