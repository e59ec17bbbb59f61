"""The list of services: filtered, searched and sorted by the query of its address, without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.records import dataclass
from reconciler.verdict.model import Verdict
from reconciler.web.shown_services import NONE, Shown, look

SORTS = ("verdict", "name", "stack", "since")
PAGE = 1000
"""Rows of one page."""
_ORDER = [NONE, *map(look, Verdict)]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; what isn't understood counts as not said."""

    text: str = ""
    verdict: str = ""
    stack: str = ""
    sort: str = ""
    page: int = 0

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Wish:
        """Read a query."""
        page = given.get("page", "")
        return cls(
            text=given.get("q", "").strip()[:200],
            verdict=given.get("verdict", "") if given.get("verdict", "") in _ORDER else "",
            stack=given.get("stack", "")[:300],
            sort=given.get("sort", "") if given.get("sort", "") in SORTS else "",
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0,
        )

    @property
    def query(self) -> dict[str, str]:
        """The same as a query, without the page."""
        return {"view": "list", "q": self.text, "verdict": self.verdict, "stack": self.stack, "sort": self.sort}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list. ``counts`` are by verdict, of all that the text and the stack leave."""

    rows: tuple[Shown, ...]
    found: int
    counts: tuple[tuple[str, str, int], ...]
    """Verdict, its CSS class, and how many."""
    stacks: tuple[str, ...]
    more: bool


def listed(services: Sequence[Shown], wish: Wish) -> Listed:
    """Return the services that are wished for."""
    stacks = tuple(dict.fromkeys(each.stack for each in services if each.stack))
    found = [each for each in services if _fits(each, wish)]
    kinds = [(str(verdict), look(verdict)) for verdict in reversed(Verdict)] + [("Not desired", NONE)]
    counts = [(words, kind, sum(each.look == kind for each in found)) for words, kind in kinds]
    found = [each for each in found if wish.verdict in ("", each.look)]
    found.sort(key=lambda each: _key(each, wish.sort))
    first = wish.page * PAGE
    return Listed(
        rows=tuple(found[first : first + PAGE]),
        found=len(found),
        counts=tuple(each for each in counts if each[2]),
        stacks=stacks,
        more=len(found) > first + PAGE,
    )


def _fits(each: Shown, wish: Wish) -> bool:
    if wish.stack and each.stack != wish.stack:
        return False
    among = f"{each.label} {each.name} {each.image} {each.cause} {each.verdict} {each.reason}".lower()
    return all(word in among for word in wish.text.lower().split())


def _key(each: Shown, sort: str) -> tuple[object, ...]:
    name = (each.stack, each.key, each.name)
    match sort:
        case "name":
            return (each.key, *name)
        case "stack":
            return name
        case "since":
            return (-(each.since or 0.0), *name)
        case _:
            return (-_ORDER.index(each.look), *name)
