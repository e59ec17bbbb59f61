"""HEAD as a wake-up: a commit, pull, checkout or reset, and the end of a merge or rebase (rule 17)."""

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
"""Seconds between looks for a checkout where there is none."""
BROKEN_SHARE = 20.0
"""How many times as long as the look itself the pause after it is at least: a look at hostile data takes seconds."""


async def watch_head(root: Path, wakes: Wakes) -> None:
    """For ever: a wake-up each time that HEAD of the checkout that ``root`` lies in is elsewhere than before, or
    another's, and one when it is first seen: a pass may have read it before.

    A ``stat`` of some ten files every so often costs less than a watch, which would see every fetch and collection of
    garbage, and it survives whatever happens to a git directory.
    """
    seen = Seen()
    while True:
        stamps = _stamps(seen.paths)
        # What moved before the stamps were taken is seen by this look; what moves later, by the stamps.
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
        return Seen()  # the usual case outside of git needs no process
    try:
        return WORKER.seen(root)
    except Broken:
        return Seen()  # the pass that comes of it says why


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
