"""Passes of one process, one after another, and looks at the Swarm between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.loop.passes import compare, make_pass, observe
from reconciler.loop.reporting import Occasion, Pass, report_of
from reconciler.threads import aside

if TYPE_CHECKING:
    from reconciler.errors import Fault
    from reconciler.loop.parts import Parts
    from reconciler.loop.reporting import Found
    from reconciler.observed.model import Snapshot
    from reconciler.settings.live import LiveSettings
    from reconciler.status.report import Report

MOMENT = 1.0
"""Seconds for which a look waits for the pass under way."""


class Reconciler:
    """Keeps one Swarm as one folder says, pass by pass."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.beside: Callable[[], tuple[Fault, ...]] = tuple
        """Function that returns warnings about what fails beside the passes of a loop."""
        self.plain: Report | None = None
        """Last report with all values: only for the terminal of the user who asks."""
        self._made: Pass | None = None
        self._latest: Found | None = None
        self._turn = asyncio.Lock()

    async def one_pass(self, wakes: Sequence[str] = (), *, forced: bool = False, reread: bool = True) -> Report:
        """Make a pass, and return its report without secrets. Never raises an ``EngineError``."""
        async with self._turn:
            if forced:
                self.parts.memory.backoff.clear()
                self.parts.questions.tails.forget()
            occasion = Occasion.now(self.parts, tuple(wakes), forced=forced)
            self._made = await make_pass(self.parts, occasion, reread=reread)
            return self._reported(self._made)

    async def under(self, live: LiveSettings) -> None:
        """Use settings that changed for the next pass and the next look."""
        async with self._turn:
            self.parts = self.parts.under(live)

    def closing(self) -> Report | None:
        """Return the report of the next pass early, if the state after the last pass already shows it to be settled."""
        after = self._made.closing() if self._made else None
        if after is None:
            return None
        return self._reported(replace(after, occasion=Occasion.now(self.parts, after.occasion.wakes)))

    def _reported(self, made: Pass) -> Report:
        self.plain = report_of(made, self.parts)
        if made.found:
            self._latest = self.plain, made.found.snapshot
        return self.parts.redactor(made.snapshot).report(self.plain)

    @property
    def latest(self) -> Found | None:
        """Return what the last pass that could reach the engine found, with all values."""
        return self._latest

    @property
    def snapshot(self) -> Snapshot | None:
        """Return the Swarm as the last pass that could reach the engine saw it."""
        return self._latest[1] if self._latest else None

    async def glance(self) -> Found | None:
        """Return what a pass would find now, without writing. If a pass is under way for longer than a moment, return
        what the last pass found; None before the first.

        Raises:
            EngineError: the engine can't be reached.
        """
        try:
            async with asyncio.timeout(MOMENT):
                await self._turn.acquire()
        except TimeoutError:
            return self._latest
        try:
            return await self._look()
        finally:
            self._turn.release()

    async def _look(self) -> Found:
        parts = self.parts
        occasion, wanted = Occasion.now(parts), await aside(parts.read)
        snapshot = await observe(parts, wanted)
        found = compare(parts, wanted, snapshot)
        made = Pass(occasion, wanted, found, snapshot, standby=parts.leadership.standby)
        report = report_of(made, parts, self.beside())
        return await quoted(parts, report, parts.settings.log_patience), snapshot


async def quoted(parts: Parts, report: Report, patience: float) -> Report:
    """Return the report with the last log lines of what failed, as far as they come within ``patience`` seconds."""
    return replace(report, judgements=await parts.questions.tails.quoted(report.judgements, patience))
