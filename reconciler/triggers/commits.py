"""HEAD as a source of wake-ups: a commit, pull, checkout or reset, and the end of a merge or rebase (rule 17: what
wakes the loop)."""

from __future__ import annotations

from pathlib import Path

from reconciler.clock import steady
from reconciler.commits.checkout import Checkout, Head, Seen
from reconciler.commits.model import Broken
from reconciler.commits.worker_client import WORKER
from reconciler.threads import aside
from reconciler.triggers.ticks import LOOK, stamp, tick
from reconciler.triggers.wakes import Wake, Wakes

LOOK_ANEW = 2.0
"""Seconds between looks for a checkout, while there is none."""
BROKEN_SHARE = 20.0
"""Shortest pause after a look at unreadable data, as a multiple of the look's own time: hostile data takes seconds."""


async def watch_head(root: Path, wakes: Wakes) -> None:
    """Add a wake-up whenever HEAD of the checkout around ``root`` has moved, or another checkout is there; for ever.
    One comes when HEAD is first seen: a pass may have read desired state before.

    A ``stat`` of some ten files every so often costs less than a watch, which would notice every fetch and garbage
    collection, and it works whatever happens to a git directory.
    """
    seen = Seen()
    while True:
        stamps = _stamps(seen.paths)
        # This look sees what moved before the stamps were taken; the stamps show what moves later.
        began = steady()
        before, seen = seen, await aside(lambda: _look(root))
        took = steady() - began
        if (seen.head, seen.checkout) != (before.head, before.checkout):
            wakes.add(Wake(_in_words(before.head, seen.head)))
        if seen != before:
            continue
        if not seen.paths:
            await tick(max(LOOK_ANEW, BROKEN_SHARE * took))
        while seen.paths and _stamps(seen.paths) == stamps:
            await tick(LOOK)


def _look(root: Path) -> Seen:
    if Checkout.holding(root) is None:
        return Seen()  # outside of git, the usual case, no process is needed
    try:
        return WORKER.seen(root)
    except Broken:
        return Seen()  # the pass that follows says why


def _stamps(paths: tuple[str, ...]) -> tuple[tuple[int, ...] | None, ...]:
    return tuple(stamp(path) for path in paths)


def _in_words(before: Head | None, now: Head | None) -> str:
    if now is None:
        return "the git checkout is gone"
    if before is None:
        return "HEAD is watched"
    if before == now:
        return "another git checkout is there"
    if before.during != now.during:
        return f"git: a {now.during} began" if now.during else f"git: the {before.during} is over"
    return "HEAD moved"
